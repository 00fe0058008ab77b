// Compute: see README.md, "Layout".
