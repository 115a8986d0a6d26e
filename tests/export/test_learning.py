"""The film of a training: each frame has the pixels of one checkpoint's samples, and its words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from films import find, frames
from PIL import Image

from diffviz.bands import GAP, cut
from diffviz.export.exporter import ExportError, Options
from diffviz.export.learning import SIZE, LearningReel, Shot, default_size, export_learning
from diffviz.images import PictureError

CELL = 8 + GAP
NAMES = ("cat", "dog", "bird", "fish", "ant")


def make_shots(folder: Path, columns: int = 5, rows: int = 2, count: int = 4) -> list[Shot]:
    """Grids of random cells on white, as a training writes them."""
    rng = np.random.default_rng(columns)
    shots = []
    for k in range(count):
        grid = np.full((rows * CELL + GAP, columns * CELL + GAP, 3), 255, dtype=np.uint8)
        for row in range(rows):
            for column in range(columns):
                top, left = row * CELL + GAP, column * CELL + GAP
                grid[top : top + 8, left : left + 8] = rng.integers(0, 256, (8, 8, 3))
        Image.fromarray(grid).save(folder / f"{k:08d}.png")
        shots.append((f"step {k}", folder / f"{k:08d}.png"))
    return shots


def write(shots: list[Shot], path: Path, **options: object) -> list[tuple[int, int]]:
    made = Options(**{"size": 120, "hold_s": 0.0, **options})  # type: ignore[arg-type]
    return [(p.done, p.total) for p in export_learning("pets", NAMES, shots, path, made)]


@pytest.mark.parametrize("suffix", [".apng", ".webp", ""])
def test_every_checkpoint_is_a_frame(tmp_path: Path, suffix: str) -> None:
    shots = make_shots(tmp_path)
    assert write(shots, tmp_path / f"a{suffix}") == [(k, 4) for k in range(5)]
    film = frames(tmp_path / f"a{suffix}")
    assert len(film) == 4
    zoom = LearningReel("pets", NAMES, shots, Options(size=120))._zoom
    assert zoom >= 2
    for frame, (_, path) in zip(film, shots, strict=True):
        grid = np.asarray(Image.open(path))
        for k in range(len(NAMES)):  # wherever its band lies
            cell = grid[GAP : GAP + 8, k * CELL + GAP : k * CELL + GAP + 8]
            assert len(find(frame, cell, zoom)) == 1


def test_the_words_change_and_the_names_stay(tmp_path: Path) -> None:
    shots = make_shots(tmp_path)
    same = [(note, shots[0][1]) for note, _ in shots]
    reel = LearningReel("pets", NAMES, same, Options(size=120))
    first, last = reel.compose(0), reel.compose(3)
    assert first.shape == (*reel.frame_shape, 3) and first.flags.c_contiguous
    changed = np.argwhere((first != last).any(axis=2))
    assert len(changed) and changed[:, 1].min() > first.shape[1] / 2  # the step at the right
    bare = LearningReel("pets", (), same, Options(size=120)).compose(0)
    assert bare.shape != first.shape


def test_a_wide_grid_is_broken_into_bands(tmp_path: Path) -> None:
    shots = make_shots(tmp_path, columns=20, rows=1, count=2)
    names = tuple(map(str, range(20)))
    reel = LearningReel("pets", names, shots, Options(size=300))
    assert len(reel._bands) > 1
    height, width = reel.frame_shape
    assert width / height < 3
    assert len(LearningReel("pets", (), shots, Options(size=300))._bands) == 1
    assert reel._bands == cut(20 * CELL + GAP, 20, len(reel._bands))


def test_frames_are_thinned_and_both_ends_kept(tmp_path: Path) -> None:
    shots = make_shots(tmp_path, count=9)
    assert write(shots, tmp_path / "a.apng", frames=3)[-1] == (3, 3)
    all_of_it = LearningReel("pets", NAMES, shots, Options(size=120))
    film = frames(tmp_path / "a.apng")
    assert np.array_equal(film[0], all_of_it.compose(0)) and np.array_equal(film[-1], all_of_it.compose(8))


def test_what_cannot_be_made(tmp_path: Path) -> None:
    shots = make_shots(tmp_path)
    with pytest.raises(ExportError, match=r"^a\.gif: a film needs the samples of two checkpoints; pets has 1 so far"):
        export_learning("pets", NAMES, shots[:1], tmp_path / "a.gif", Options())
    with pytest.raises(ExportError, match="size = 16 is smaller"):
        write(shots, tmp_path / "a.gif", size=16)
    with pytest.raises(ExportError, match="no known format"):
        write(shots, tmp_path / "a.txt")
    (tmp_path / "a.gif").write_bytes(b"mine")
    shots[2][1].write_bytes(b"torn")
    with pytest.raises(PictureError, match=r"00000002\.png"):
        write(shots, tmp_path / "a.gif")
    assert (tmp_path / "a.gif").read_bytes() == b"mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == [*(f"{k:08d}.png" for k in range(4)), "a.gif"]


def test_a_grid_of_another_training_is_left_out(tmp_path: Path) -> None:
    shots = make_shots(tmp_path)
    Image.new("RGB", (7, 9), "red").save(shots[1][1])
    reel = LearningReel("pets", NAMES, shots, Options(size=120))
    assert not (reel.compose(1) == (255, 0, 0)).all(axis=2).any()


def test_the_size_where_none_is_given(tmp_path: Path) -> None:
    assert default_size(make_shots(tmp_path)) == SIZE
    Image.new("RGB", (SIZE + 200, 40)).save(tmp_path / "wide.png")
    assert default_size([("", tmp_path / "wide.png")]) == SIZE + 200
    assert default_size([]) == SIZE
