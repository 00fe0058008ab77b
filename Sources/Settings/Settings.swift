// Settings: see README.md, "Layout".
