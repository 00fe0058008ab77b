// HTTPServer: see README.md, "Layout".
