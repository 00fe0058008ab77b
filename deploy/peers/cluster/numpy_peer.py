"""What `matquay-bench cluster` measures against: vectorised numpy for the bootstrap loop, scikit-learn
for the Gaussian fit.

Usage: numpy_peer.py TARGET SOURCE LABELS REPLICATES, the first two text files of points, a row a line,
the third a text file of the target-only labels. Prints one line `BOOTSTRAP_SECONDS FIT_SECONDS
LOG_LIKELIHOOD`: the loop over the replicates with switch points; scikit-learn's fit of both data sets
with full covariances, ten restarts, tolerance 1e-3; the target's mean log likelihood.
"""

import sys
import time

import numpy as np
from sklearn.mixture import GaussianMixture


def parameters(points, labels):
    weights, means, factors = [], [], []
    for label in (0, 1):
        own = points[labels == label]
        weights.append(len(own) / len(points))
        means.append(own.mean(0))
        factors.append(np.linalg.cholesky(np.cov(own.T, bias=True) + 1e-6 * np.eye(points.shape[1])))
    inverses = [np.linalg.inv(factor) for factor in factors]
    constants = [np.log(np.diag(factor)).sum() for factor in factors]
    return np.array(weights), np.array(means), np.array(factors), inverses, constants


def costs(points, model):
    weights, means, _, inverses, constants = model
    columns = []
    for label in (0, 1):
        white = (points - means[label]) @ inverses[label].T
        columns.append(0.5 * np.einsum("ij,ij->i", white, white) + constants[label])
    return np.stack(columns, 1) - np.log(weights)


def draw(labels, model, random):
    _, means, factors, _, _ = model
    noise = random.standard_normal((len(labels), means.shape[1]))
    points = np.empty_like(noise)
    for label in (0, 1):
        mine = labels == label
        points[mine] = means[label] + noise[mine] @ factors[label].T
    return points


def bootstrap(target, source, labels, replicates):
    random = np.random.default_rng(0)
    grid = np.arange(67) * 0.3
    counts = np.empty((67, replicates))
    models = parameters(target, labels), parameters(source, labels)
    for replicate in range(replicates):
        t = costs(draw(labels, models[0], random), models[0])
        s = costs(draw(labels, models[1], random), models[1])
        both = t + s
        switch = np.where(
            t.argmin(1) != both.argmin(1), both.min(1) - t.min(1) - s.min(1), 0.0)
        counts[:, replicate] = len(labels) - np.searchsorted(np.sort(switch), grid, side="right")
    return counts


def main():
    target, source = np.loadtxt(sys.argv[1]), np.loadtxt(sys.argv[2])
    labels = np.loadtxt(sys.argv[3]).astype(int)
    start = time.perf_counter()
    bootstrap(target, source, labels, int(sys.argv[4]))
    middle = time.perf_counter()
    fits = [GaussianMixture(2, n_init=10, random_state=0).fit(x) for x in (target, source)]
    end = time.perf_counter()
    print(middle - start, end - middle, fits[0].score(target), flush=True)


if __name__ == "__main__":
    main()
