// JSON: see README.md, "Layout".
