// LinearAlgebra: see README.md, "Layout".
