"""The listener hears what is there and not what is not."""

from __future__ import annotations

import numpy as np
import torch

from diffviz.kinds import SOUND
from diffviz.kinds.drums import DRUMS, RATE, stroke
from diffviz.kinds.sound import record

from .sounds import Sounds, compare_sounds, waves_of

CHOSEN = ("kick", "hi-hat")


def strokes(first: int, count: int) -> Sounds:
    x = [SOUND.x_0(record(stroke(drum, first + k), RATE), (16, 16, 16)) for drum in CHOSEN for k in range(count)]
    return Sounds(waves_of(torch.from_numpy(np.stack(x))), torch.arange(2).repeat_interleave(count))


def test_new_strokes_are_good_and_copies_and_noise_are_not() -> None:
    assert set(CHOSEN) <= set(DRUMS)
    trained, held_out, new = strokes(0, 96), strokes(500, 24), strokes(900, 24)
    good = {figure.row: figure for figure in compare_sounds(new, trained, held_out)}
    assert all(figure.ok is not False for figure in good.values()), good
    assert good["heard as the class asked for"].measured == 1
    other = Sounds(new.waves, new.labels.flip(0))
    copies = Sounds(trained.waves[::4] * 0.999, trained.labels[::4])
    rng = np.random.default_rng(0)
    hiss = Sounds((new.waves + 0.05 * rng.standard_normal(new.waves.shape) + 0.05).astype(np.float32), new.labels)
    for made, wrong in (
        (other, {"heard as the class asked for"}),
        (copies, {"nearest sound learnt from"}),
        (hiss, {"before the stroke", "at the end", "constant part"}),
    ):
        figures = compare_sounds(made, trained, held_out)
        assert wrong <= {figure.row for figure in figures if figure.ok is False}, figures
