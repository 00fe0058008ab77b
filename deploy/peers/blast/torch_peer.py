"""What `matquay-bench blast` measures against: preconditioned gradient descent as the authors' code runs
it (arXiv 2410.21262), written anew from the formulas in torch: start of s normal, damping 0.1 of the
error's norm, steps falling linearly from 1 to 0 over 300 iterations of the loss without its half, and in
the step of s the preconditioner of block (j, i) for block (i, j).

Usage: torch_peer.py MATRIX ROWS COLUMNS BLOCKS RANK THREADS, MATRIX a file of little-endian float32.
Prints `SECONDS RELATIVE_ERROR`.
"""

import os
import sys
import time

import numpy as np
import torch


# Orders of matrices at which LU has failed.
by_cholesky = set()


def solve(gram, right):
    """gram^-1 @ right for damped grams, which are positive definite. By LU as the authors' code does; where
    a build's LU fails with two threads (seen at 152 x 152), by Cholesky, which is half the work."""
    size = gram.shape[-1]
    if size not in by_cholesky:
        try:
            return torch.linalg.solve(gram, right)
        except RuntimeError:
            by_cholesky.add(size)
    return torch.cholesky_solve(right, torch.linalg.cholesky(gram))


def descend(matrix, b, rank, iterations=300, delta=0.1):
    m, n = matrix.shape
    p, q = m // b, n // b
    scale = matrix.std()
    blocks = (matrix / scale).reshape(b, p, b, q).permute(0, 2, 1, 3)  # (i, j, p, q)
    random = torch.Generator().manual_seed(0)
    size = 0.001 / rank**0.5
    u = torch.randn(b, p, rank, generator=random) * size
    v = torch.randn(b, q, rank, generator=random) * size
    s = torch.randn(b, b, rank, generator=random)
    eye = torch.eye(rank)

    def error():
        return blocks - torch.einsum("ipr,ijr,jqr->ijpq", u, s, v)

    for t in range(iterations):
        eta = 2 * (1 - t / iterations)
        e = error()
        scaled = s[:, :, None, :] * v[None]  # (i, j, q, r)
        gradient = torch.einsum("ijpq,ijqr->ipr", e, scaled)
        gram = torch.einsum("ijqr,ijqk->irk", scaled, scaled) + delta * e.norm() * eye
        u = u + eta * solve(gram, gradient.mT).mT
        e = error()
        scaled = s[:, :, None, :] * u[:, None]  # (i, j, p, r)
        gradient = torch.einsum("ijpq,ijpr->jqr", e, scaled)
        gram = torch.einsum("ijpr,ijpk->jrk", scaled, scaled) + delta * e.norm() * eye
        v = v + eta * solve(gram, gradient.mT).mT
        e = error()
        gradient = torch.einsum("ipr,ijpq,jqr->ijr", u, e, v)
        gram = (u.transpose(1, 2) @ u)[None] * (v.transpose(1, 2) @ v)[:, None]
        gram = gram + delta * e.norm() * eye
        s = s + eta * solve(gram, gradient[..., None])[..., 0]
    return float(error().norm() / blocks.norm())


def main():
    # What the libraries below print is not the answer.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    path, rows, columns, blocks, rank, threads = sys.argv[1], *map(int, sys.argv[2:7])
    torch.set_num_threads(threads)
    matrix = torch.from_numpy(np.fromfile(path, "<f4").reshape(rows, columns).copy())
    start = time.perf_counter()
    with torch.no_grad():
        result = descend(matrix, blocks, rank)
    print(time.perf_counter() - start, result, file=answer, flush=True)


if __name__ == "__main__":
    main()
