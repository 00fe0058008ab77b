// Jobs: see README.md, "Layout".
