"""A fixed space to compare sets of pictures in, and the figures that are read off there. No weights are downloaded.

The map: a convolutional network with random orthogonal filters (seed 0), three levels of 3x3 filters with ReLU and
2x2 means between them; each level's responses are averaged over a 4x4 grid, and the whole is projected on the 64 main
axes of the data (PCA). It sees colour, edges and their coarse places, and knows nothing about what is shown.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

SEED = 0
COPY_RATIO = 0.7  # to the nearest of the data, against that among the data; below it samples are copies
WIDTHS = (32, 64, 128)
GRID = 4
AXES = 64
NEIGHBOURS = 3  # Kynkäänniemi et al. 2019
_CHUNK = 256


class FeatureMap:
    """Fitted to the data that everything is compared with.

    Args:
        data: float32 (N, 3, S, S) in [-1, 1], S a multiple of 16, or at least 16.
    """

    def __init__(self, data: torch.Tensor) -> None:
        generator = torch.Generator().manual_seed(SEED)
        self._filters = []
        channels = data.shape[1]
        for width in WIDTHS:
            filters = torch.empty(width, channels * 9)
            torch.nn.init.orthogonal_(filters, generator=generator)
            # unit variance at the output for unit variance at the input, as He et al. 2015 have it for ReLU
            self._filters.append((filters * (2 * max(1.0, width / (channels * 9))) ** 0.5).view(width, channels, 3, 3))
            channels = width
        responses = self._responses(data)
        self._mean = responses.mean(axis=0)
        _, values, axes = np.linalg.svd(responses - self._mean, full_matrices=False)
        self._axes = axes[:AXES].T
        # one unit of the space: the data's own deviation
        self._scale = float(np.sqrt((values[:AXES] ** 2).sum() / len(data)))

    def __call__(self, pictures: torch.Tensor) -> np.ndarray:
        """float64 (N, 64), in units of the data's total deviation."""
        return (self._responses(pictures) - self._mean) @ self._axes / self._scale

    def _responses(self, pictures: torch.Tensor) -> np.ndarray:
        chunks = []
        for x in pictures.split(_CHUNK):
            levels = []
            for filters in self._filters:
                x = F.relu(F.conv2d(x, filters, padding=1))
                levels.append(F.adaptive_avg_pool2d(x, GRID).flatten(1))
                x = F.avg_pool2d(x, 2)
            chunks.append(torch.cat(levels, 1))
        return torch.cat(chunks).double().numpy()


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Between Gaussians fitted to two sets (N, D): |μ_a - μ_b|² + Tr(C_a + C_b - 2 √(C_a C_b)) (Heusel et al. 2017)."""
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    values, vectors = np.linalg.eigh(cov_a)
    root = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ cov_b @ root).clip(min=0)).sum()
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(cov_a) + np.trace(cov_b) - 2 * cross)


def precision_recall(data: np.ndarray, samples: np.ndarray) -> tuple[float, float]:
    """Shares of the samples that lie within the data, and of the data that lies within the samples.

    A set's region is the union of the balls around its points that reach to the third neighbour (Kynkäänniemi 2019).
    """
    return _share_inside(samples, data), _share_inside(data, samples)


def _share_inside(points: np.ndarray, of: np.ndarray) -> float:
    own = np.sort(distances(of, of), axis=1)[:, NEIGHBOURS]  # column 0 is the point itself
    return float((distances(points, of) <= own).any(axis=1).mean())


def distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Euclidean, (len(a), len(b))."""
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    return np.sqrt(squares.clip(min=0))


def nearest_rms(pictures: torch.Tensor, among: torch.Tensor, own: bool = False) -> np.ndarray:
    """RMS distance in [-1, 1] of each picture to the nearest of ``among`` or its mirror image, float64 (N,).

    Args:
        own: the two sets are one; a picture is not compared with itself and its own mirror image.
    """
    x = pictures.flatten(1).double().numpy()
    found = np.full(len(x), np.inf)
    for others in (among, among.flip(3)):
        d = distances(x, others.flatten(1).double().numpy())
        if own:
            np.fill_diagonal(d, np.inf)
        found = np.minimum(found, d.min(axis=1))
    return found / x.shape[1] ** 0.5
