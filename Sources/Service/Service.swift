// Service: see README.md, "Layout".
