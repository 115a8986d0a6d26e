"""How good a network of sounds is: what a listener with closed eyes would say, by measures.

A small classifier of the sounds' spectrograms is trained on what the network was trained on, measured on what was held
out, and then listens to samples. Clicks, silence and constant parts are measured on the waves themselves.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from diffviz.kinds import SOUND
from diffviz.kinds.drums import ONSET

from .features import COPY_RATIO, distances
from .figures import Bound, Figure, judged

WINDOW, HOP = 256, 64
DEPTH_DB = 50.0  # what is softer, against the sound's loudest, is not heard beside it
EPOCHS, BATCH, RATE = 8, 64, 2e-3
SILENT_DB = -40.0
SAME = 0.9  # of the classifier's accuracy on real sounds
YARDSTICK = 600  # sounds whose own nearest one is looked for


@dataclass(frozen=True)
class Sounds:
    """Waves float32 (N, n) and the class of each, int64 (N,)."""

    waves: np.ndarray
    labels: Tensor

    def of(self, label: int) -> np.ndarray:
        return self.waves[(self.labels == label).numpy()]


def waves_of(x: Tensor) -> np.ndarray:
    """What is heard of samples (N, C, H, W): float32 (N, n)."""
    return np.concatenate([SOUND.waves(part.numpy()) for part in x.split(200)])


def spectra(waves: np.ndarray) -> Tensor:
    """float32 (N, 1, bands, frames): decibels below the loudest of each sound, -1 at ``DEPTH_DB`` and 1 at the top."""
    parts = []
    for wave in torch.from_numpy(waves).split(200):
        power = torch.stft(wave, WINDOW, HOP, window=torch.hann_window(WINDOW), return_complex=True).abs().square()
        power = F.adaptive_avg_pool2d(power[:, None], (32, 64))
        level = 10 * torch.log10(power.clamp(min=1e-12))
        level = level - level.amax((2, 3), keepdim=True)
        parts.append(1 + 2 * level.clamp(min=-DEPTH_DB) / DEPTH_DB)
    return torch.cat(parts)


class Listener(nn.Module):
    """Spectrograms (N, 1, 32, 64) -> one logit a class."""

    def __init__(self, count: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for a, b in itertools.pairwise((1, 16, 32, 64)):
            layers += [nn.Conv2d(a, b, 3, 2, 1), nn.BatchNorm2d(b), nn.ReLU()]
        self.net = nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.3), nn.Linear(64 * 4 * 8, count))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.net(x)
        return out


def train_listener(x: Tensor, labels: Tensor, epochs: int = EPOCHS, seed: int = 0) -> Listener:
    """Learn the classes of spectrograms."""
    torch.manual_seed(seed)
    network = Listener(int(labels.max()) + 1)
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=epochs * -(-len(x) // BATCH))
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(BATCH):
            batch = x[rows]
            # a floor somewhere above the silence: samples are never without a trace of noise
            floor = 2 * torch.rand(len(rows), 1, 1, 1) * 0.4 - 1
            loss = F.cross_entropy(network(torch.maximum(batch, floor) + 0.03 * torch.randn_like(batch)), labels[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return network.eval()


@torch.no_grad()
def heard_as(network: Listener, x: Tensor) -> Tensor:
    """int64 (N,): the class that is heard."""
    return torch.cat([network(batch).argmax(1) for batch in x.split(500)])


def compare_sounds(made: Sounds, trained: Sounds, held_out: Sounds) -> list[Figure]:
    """Samples, whose labels are what was asked for, beside what was trained on and what was held out."""
    seen = spectra(trained.waves)
    listener = train_listener(seen, trained.labels)
    own = float((heard_as(listener, spectra(held_out.waves)) == held_out.labels).float().mean())
    told = heard_as(listener, spectra(made.waves)) == made.labels
    shares = [float(told[made.labels == k].float().mean()) for k in made.labels.unique().tolist()]
    print("heard as what was asked for, class by class: " + ", ".join(f"{share:.2f}" for share in shares))
    accuracy = float(told.float().mean())
    return [
        judged("heard as the class asked for", Bound(">=", SAME, True), accuracy, "", own, accuracy / own),
        _nearest(spectra(made.waves).flatten(1).numpy(), seen.flatten(1).numpy()),
        Figure("mean spectra apart", "", _apart(made, trained), "dB", _apart(held_out, trained)),
        *_silences(made.waves, trained.waves),
    ]


def _nearest(made: np.ndarray, real: np.ndarray) -> Figure:
    """How far from the nearest sound that was learnt from, in the spectrograms."""
    some = np.random.default_rng(0).permutation(len(real))[:YARDSTICK]
    d = distances(real[some], real)
    d[np.arange(len(some)), some] = np.inf
    scale = real.shape[1] ** 0.5
    among, nearest = float(np.median(d.min(1))) / scale, float(np.median(distances(made, real).min(1))) / scale
    return judged("nearest sound learnt from", Bound(">=", COPY_RATIO, True), nearest, "RMS", among, nearest / among)


def _silences(made: np.ndarray, real: np.ndarray) -> list[Figure]:
    """What must not be heard, in decibels below each sound's peak, the median of the samples."""
    parts = {"before the stroke": slice(0, ONSET), "at the end": slice(-8, None)}
    figures = [
        judged(name, Bound("<=", SILENT_DB), _level(made, part), "dB", _level(real, part))
        for name, part in parts.items()
    ]
    whole = slice(None)
    constant = [_level(waves.mean(1, keepdims=True) / np.abs(waves).max(1, keepdims=True), whole, peak=False)
                for waves in (made, real)]  # fmt: skip
    return [*figures, judged("constant part", Bound("<=", SILENT_DB), constant[0], "dB", constant[1])]


def _level(waves: np.ndarray, part: slice, peak: bool = True) -> float:
    rms = np.sqrt(np.square(waves[:, part]).mean(1)) / (np.abs(waves).max(1) if peak else 1.0)
    return float(np.median(20 * np.log10(np.maximum(rms, 1e-6))))


def _apart(made: Sounds, real: Sounds) -> float:
    """RMS difference of the classes' mean spectra over frequency, in decibels, down to ``DEPTH_DB``."""
    differences = [_spectrum(made.of(k)) - _spectrum(real.of(k)) for k in made.labels.unique().tolist()]
    return float(np.sqrt(np.mean(np.square(differences))))


def _spectrum(waves: np.ndarray) -> np.ndarray:
    """Mean power of 64 ranges of frequency, in decibels."""
    power = (np.abs(np.fft.rfft(waves)) ** 2).mean(0)[1:]
    level = 10 * np.log10(np.maximum(power.reshape(64, -1).mean(1), 1e-12))
    return np.asarray(np.maximum(level, level.max() - DEPTH_DB))
