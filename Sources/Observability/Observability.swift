// Observability: see README.md, "Layout".
