// AlgorithmInterface: see README.md, "Layout".
