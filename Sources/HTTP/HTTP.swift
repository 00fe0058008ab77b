// HTTP: see README.md, "Layout".
