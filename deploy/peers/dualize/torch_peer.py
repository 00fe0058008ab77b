"""What `matquay-bench dualize` measures against: PyTorch on the CPU.

Usage: torch_peer.py FIFO THREADS. Reads one command a line from the FIFO and answers each with one
line `SECONDS RELATIVE_ERROR` on standard output. Commands: METHOD ROWS COLUMNS CONDITION, with METHOD
svd (U @ Vh of torch.linalg.svd), ns5 (five quintic Newton-Schulz steps, as the Muon optimiser has
them, in float32), muon (the same as shipped: bfloat16), batch (COLUMNS matrices of ROWS x ROWS by one
batched SVD).
"""

import math
import sys
import time

import torch


def matrix(rows, columns, condition, cache={}):
    """float32 with singular values falling evenly on a logarithmic scale, and its polar factor."""
    key = (rows, columns, condition)
    if key not in cache:
        random = torch.Generator().manual_seed(7)
        small, large = min(rows, columns), max(rows, columns)
        left = torch.linalg.qr(torch.randn(small, small, generator=random, dtype=torch.float64))[0]
        right = torch.linalg.qr(torch.randn(large, small, generator=random, dtype=torch.float64))[0]
        values = torch.logspace(0, -math.log10(condition), small, dtype=torch.float64)
        whole = (left * values) @ right.T
        given = (whole if rows <= columns else whole.T).float().contiguous()
        u, _, v = torch.linalg.svd(given.double(), full_matrices=False)
        cache.clear()
        cache[key] = (given, u @ v)
    return cache[key]


def svd(x):
    u, _, v = torch.linalg.svd(x, full_matrices=False)
    return u @ v


def newton_schulz(x, dtype=torch.float32):
    a, b, c = 3.4445, -4.7750, 2.0315
    x = x.to(dtype)
    x = x / x.norm()
    for _ in range(5):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.float()


METHODS = {
    "svd": svd,
    "ns5": newton_schulz,
    "muon": lambda x: newton_schulz(x, torch.bfloat16),
}


def answer(words):
    method, rows, columns, condition = words[0], int(words[1]), int(words[2]), float(words[3])
    if method == "batch":
        given = torch.randn(columns, rows, rows, generator=torch.Generator().manual_seed(7))
        start = time.perf_counter()
        svd(given)
        return time.perf_counter() - start, math.nan
    given, wanted = matrix(rows, columns, condition)
    start = time.perf_counter()
    result = METHODS[method](given)
    seconds = time.perf_counter() - start
    return seconds, float((result.double() - wanted).norm() / wanted.norm())


def main():
    torch.set_num_threads(int(sys.argv[2]))
    print("ready", flush=True)
    with open(sys.argv[1]) as commands:
        for line in commands:
            seconds, error = answer(line.split())
            print(seconds, error, flush=True)


if __name__ == "__main__":
    main()
