// HTTPClient: see README.md, "Layout".
