"""The strokes that a network learnt by: each another one, clean at both ends, the same every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from diffviz.kinds import SOUND
from diffviz.kinds.drums import DRUMS, LENGTH, ONSET, RATE, stroke, write


@pytest.mark.parametrize("drum", DRUMS)
def test_a_stroke_is_clean_and_no_two_are_alike(drum: str) -> None:
    strokes = np.stack([stroke(drum, k) for k in range(6)])
    assert strokes.shape == (6, LENGTH) and np.array_equal(stroke(drum, 3), strokes[3])
    assert np.abs(strokes).max(axis=1).tolist() == [1.0] * 6
    assert not strokes[:, :ONSET].any() and np.abs(strokes[:, -8:]).max() < 1e-3, "silence before, no click behind"
    assert np.abs(strokes.mean(axis=1)).max() < 1e-4, "no offset"
    likeness = np.corrcoef(strokes)[np.triu_indices(6, 1)]
    assert np.abs(likeness).max() < 0.98


def test_drums_differ_where_they_are_heard_to() -> None:
    def centre(drum: str) -> float:
        power = np.mean([np.square(np.abs(np.fft.rfft(stroke(drum, k)))) for k in range(20)], axis=0)
        return float((np.fft.rfftfreq(LENGTH, 1 / RATE) * power).sum() / power.sum())

    centres = [centre(drum) for drum in ("kick", "tom", "snare", "clap", "cymbal", "hi-hat")]
    assert centres == sorted(centres) and centres[0] < 150 < 2500 < centres[-1]


def test_they_are_written_as_files(tmp_path: Path) -> None:
    write(tmp_path, 2)
    assert len(list(tmp_path.rglob("*.wav"))) == 2 * len(DRUMS)
    sound = SOUND.read(f"path:{tmp_path / 'clap' / '0001.wav'}").array
    assert np.array_equal(sound["wave"], stroke("clap", 1)) and int(sound["rate"]) == RATE
