"""The estimate's frames are exact, its bytes right within a factor of three for films like those of the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diffviz import catalog
from diffviz.engine.sources import forward_source
from diffviz.export.encoders import ENCODERS, grain
from diffviz.export.estimate import estimate
from diffviz.export.exporter import Options, export
from diffviz.export.render import Renderer
from diffviz.kinds import PICTURE
from diffviz.scene import Scene


@pytest.mark.parametrize("layout", ["x_t", "equation"])
@pytest.mark.parametrize("suffix", ENCODERS)
def test_bytes(suffix: str, layout: str, tmp_path: Path, make_source: Callable[..., Any]) -> None:
    size, frames = 128, 24
    side = size // grain(suffix)
    path = tmp_path / f"f{suffix}"
    list(export(make_source(frames, side, side), path, Options(size=size, layout=layout, hold_s=0)))
    files = path.iterdir() if path.is_dir() else [path]
    actual = sum(file.stat().st_size for file in files)
    guess = estimate(suffix, layout, (400, 400), size, frames).bytes
    assert actual / 3 < guess < actual * 3


@pytest.mark.parametrize("layout", ["x_t", "equation"])
@pytest.mark.parametrize("side", [32, 128])  # one sample, sixteen of them
@pytest.mark.parametrize("suffix", ENCODERS)
def test_bytes_of_a_chain(suffix: str, side: int, layout: str, tmp_path: Path, make_source: Callable[..., Any]) -> None:
    size, frames = 256, 24
    path = tmp_path / f"f{suffix}"
    source = make_source(frames, side, side, forward=False)
    held, other = source.frame, np.random.default_rng(8).integers(0, 256, source.eps.shape)

    def frame(index: int) -> Any:
        """As of a network: x\u0302_0 comes out slowly, and so does \u03b5\u0302 change."""
        now, share = held(index), index / frames
        x_0, eps = 127.5 + share * (now.x_0 - 127.5), (1 - share) * now.eps + share * other
        return replace(now, x_0=x_0.astype(np.uint8), eps=eps.astype(np.uint8))

    source.frame = frame
    list(export(source, path, Options(size=size, layout=layout, hold_s=0)))
    actual = sum(file.stat().st_size for file in (path.iterdir() if path.is_dir() else [path]))
    guess = estimate(suffix, layout, (side, side), size, frames, forward=False).bytes
    assert actual / 3 < guess < actual * 3, guess / actual


@pytest.mark.parametrize(("suffix", "most"), [(".mp4", 1.5), (".gif", 1.5), (".webm", 2.0)])
def test_bytes_of_a_chain_that_draws_noise_at_each_step(
    suffix: str, most: float, tmp_path: Path, make_source: Callable[..., Any]
) -> None:
    """Half as many were told, of WebM a third: little of a frame is that of the one before."""
    frames, path = 24, tmp_path / f"f{suffix}"
    source, rng = make_source(frames, 64, 64, forward=False), np.random.default_rng(8)
    held, noise = source.frame, rng.integers(0, 256, (2, frames, *source.eps.shape))

    def frame(index: int) -> Any:
        now, share = held(index), index / frames
        x_t = share * now.x_0 + (1 - share) * noise[0, index]
        return replace(now, x_t=x_t.astype(np.uint8), eps=noise[1, index].astype(np.uint8))

    source.frame = frame
    list(export(source, path, Options(size=256, layout="equation", hold_s=0)))
    guess = estimate(suffix, "equation", (64, 64), 256, frames, forward=False, fresh=True).bytes
    assert path.stat().st_size / most < guess < path.stat().st_size * most, guess / path.stat().st_size


@pytest.mark.parametrize("layout", ["x_t", "equation"])
@pytest.mark.parametrize("suffix", [suffix for suffix in ENCODERS if suffix])
def test_bytes_where_each_frame_has_noise_of_its_own(suffix: str, layout: str, tmp_path: Path) -> None:
    """Up to eight times as many as of a held noise were told as as many."""
    size, frames, path = 192, 16, tmp_path / f"f{suffix}"
    picture = PICTURE.read("builtin:cat").array
    source = forward_source(picture, Scene(forward_noise="fresh"), frames, size, suffix)
    list(export(source, path, Options(size=size, layout=layout, hold_s=0)))
    guess = estimate(suffix, layout, picture.shape, size, frames, fresh=True).bytes
    assert path.stat().st_size / 2 < guess < path.stat().st_size * 2, guess / path.stat().st_size


@pytest.mark.parametrize("layout", catalog.LAYOUTS)
@pytest.mark.parametrize("shape, size", [((32, 32), 512), ((20, 32), 300), ((64, 64), 32)])
def test_frames_of_a_chain(layout: str, shape: tuple[int, int], size: int, make_source: Callable[..., Any]) -> None:
    guess = estimate(".gif", layout, shape, size, 10, forward=False)
    renderer = Renderer(shape, make_source().alpha_bar, False, layout, max(size, 64 if size == 32 else size))
    assert (guess.height, guess.width) == renderer.frame_shape


def test_a_picture_is_resized_to_the_panel() -> None:
    guess = estimate(".mp4", "x_t", (300, 900), 512, 10)
    assert (guess.width, guess.height) == (512, 170)


def test_longer_and_larger_films_are_larger() -> None:
    for suffix in ENCODERS:
        small = estimate(suffix, "x_t", (32, 32), 128, 20).bytes
        assert small < estimate(suffix, "x_t", (32, 32), 128, 60).bytes
        assert small < estimate(suffix, "curves", (32, 32), 128, 20).bytes
        assert small < estimate(suffix, "x_t", (32, 32), 256, 20).bytes
