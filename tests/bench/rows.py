"""Which rows there are. Each is measured in a process of its own, so that no row's threads slow down another's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module

from .figures import Figure


@dataclass(frozen=True)
class Plan:
    """How thoroughly to measure."""

    quick: bool = False

    def times(self, full: int, quick: int) -> int:
        """Repetitions."""
        return quick if self.quick else full


# name -> module of this package and what it measures; its ``measure_<name>`` yields the figures
ROWS: dict[str, tuple[str, str]] = {
    "launch": ("launch", "launch to first paint, beside a minimal window"),
    "slider": ("slider", "slider event to painted x_t at 1024x1024, beside matplotlib"),
    "slider_chain": ("slider", "the same while a chain runs, and the heartbeat of the GUI"),
    "slider_grid": ("slider", "slider and heartbeat while a grid of 64 samples runs on all cores"),
    "lenses": ("lenses", "the slider at 1024x1024 with each lens open"),
    "look": ("look", "a change of the theme, and F11, to the painted window"),
    "strip": ("strip", "a change of the schedule to the painted film strip, 1024x1024"),
    "chain": ("chain", "chain in the window, beside the bare sampler loop"),
    "grid": ("chain", "a grid of 64 samples in the window, beside the bare batch of 64"),
    "user": ("chain", "chains in the window, beside what a user gets from diffusers without any care"),
    "words": ("told", "a chain of the network that is told words, beside its bare loop"),
    "typing": ("told", "the heartbeat of the GUI while a prompt is typed"),
    "replaced": ("replaced", "memory that a replaced model leaves behind"),
    "loop": ("loop", "bare sampler loop, beside diffusers' own"),
    "exact": ("exact", "exact denoiser of 10,000 pictures, beside two matrix products"),
    "loss": ("loss", "the experiment Loss per t, beside the bare network"),
    "points": ("points", "points in the plane: slider, density and score, exact denoiser"),
    "sound": ("sound", "sound: slider to spectrogram, click to the first samples"),
    "samplers": ("loop", "the other samplers' bare loops, beside diffusers' own"),
    "cancel": ("chain", "from Stop to the end of a chain of slow steps"),
    "export": ("export", "MP4 export, beside the encoder alone"),
    "train": ("train", "pictures/s of training, beside a bare PyTorch loop"),
}

# Rows that compare loops at equal threads: one each
ONE_THREAD = ("loop", "samplers")


def measure(name: str, plan: Plan) -> Iterator[Figure]:
    """Measure one row in this process."""
    module, _ = ROWS[name]
    function: Callable[[Plan], Iterator[Figure]] = getattr(import_module(f".{module}", __package__), f"measure_{name}")
    yield from function(plan)
