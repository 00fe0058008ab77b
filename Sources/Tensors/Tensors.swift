// Tensors: see README.md, "Layout".
