"""The loop of every export: what it writes, and that a target is replaced whole or not at all."""

from __future__ import annotations

import errno
import gc
import os
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from diffviz.export import exporter
from diffviz.export.encoders import ENCODERS
from diffviz.export.exporter import ExportError, Options, Progress, export, export_filmstrip
from diffviz.export.render import Renderer
from diffviz.export.source import Frame

SMALL = Options(size=32, hold_s=0)


def write(source: Any, path: Path, options: Options = SMALL) -> list[Progress]:
    return list(export(source, path, options))


def count(path: Path) -> int:
    if path.is_dir():
        return len(list(path.glob("*.png")))
    if path.suffix in (".mp4", ".webm"):
        with av.open(str(path)) as container:
            return len(list(container.decode(video=0)))
    with Image.open(path) as image:
        return image.n_frames


@pytest.mark.parametrize("suffix", ENCODERS)
def test_every_format_gets_every_frame(suffix: str, tmp_path: Path, make_source: Callable[..., Any]) -> None:
    path = tmp_path / f"f{suffix}"
    progress = write(make_source(7), path)
    assert progress == [Progress(i, 7) for i in range(8)]
    assert count(path) == 7
    assert [item.name for item in tmp_path.iterdir()] == [path.name], "nothing is left beside it"


@pytest.mark.parametrize("forward", [True, False])
def test_frames_are_thinned_evenly_with_both_ends(
    tmp_path: Path, make_source: Callable[..., Any], forward: bool
) -> None:
    source = make_source(101, forward=forward)
    write(source, tmp_path / "f", Options(frames=5, size=32))
    assert source.asked == [0, 0, 25, 50, 75, 100], "the first once more for its size"
    first, last = (np.asarray(Image.open(tmp_path / "f" / f"frame_000{i}.png")) for i in (0, 4))
    np.testing.assert_array_equal(first, source.frame(0).x_t)
    np.testing.assert_array_equal(last, source.frame(100).x_t)


def test_duration_sets_the_rate_and_the_hold_comes_on_top(tmp_path: Path, make_source: Callable[..., Any]) -> None:
    path = tmp_path / "f.mp4"
    write(make_source(20), path, Options(size=32, duration_s=2.0, hold_s=0.5))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == 10
        assert stream.duration is not None and stream.time_base is not None
        assert float(stream.duration * stream.time_base) == pytest.approx(2.5)


@pytest.mark.parametrize("layout", ["pair", "equation", "curves"])
def test_layouts_reach_the_file(tmp_path: Path, make_source: Callable[..., Any], layout: str) -> None:
    source = make_source(3)
    write(source, tmp_path / "f", Options(size=64, layout=layout, theme="light"))
    expected = Renderer((32, 32), source.alpha_bar, "forward", layout, 64, "light").compose(source.frame(1))
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "f" / "frame_0001.png")), expected)


@pytest.mark.parametrize("suffix", ENCODERS)
@pytest.mark.parametrize("done", [0, 1, 4, 8])
def test_a_cancelled_export_leaves_the_old_file(
    suffix: str, done: int, tmp_path: Path, make_source: Callable[..., Any]
) -> None:
    path = tmp_path / f"f{suffix}"
    write(make_source(3, 16, 16), path)
    before = contents(tmp_path)
    run = export(make_source(9), path, SMALL)
    for _ in range(done + 1):
        next(run)
    run.close()
    assert contents(tmp_path) == before


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("suffix", ENCODERS)
def test_a_failed_export_leaves_nothing(suffix: str, tmp_path: Path, make_source: Callable[..., Any]) -> None:
    source = make_source(9)
    frame = source.frame

    def failing(index: int) -> Frame:
        if index == 5:
            raise RuntimeError("the network broke")
        return frame(index)

    source.frame = failing
    # the error's traceback keeps the encoder alive, so that only `abort` can have closed the file
    with pytest.raises(RuntimeError, match="the network broke") as caught:
        write(source, tmp_path / f"f{suffix}")
    assert caught.value and not list(tmp_path.iterdir())
    assert not [name for name in open_files() if name.startswith(str(tmp_path))]


def open_files() -> list[str]:
    """What this process has open, where the system says so."""
    folder = Path("/proc/self/fd")
    return [os.readlink(link) for link in folder.iterdir() if link.is_symlink()] if folder.is_dir() else []


@pytest.mark.parametrize("suffix", ENCODERS)
def test_a_full_disk_is_said_in_words(
    suffix: str, tmp_path: Path, make_source: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: object, picture: np.ndarray) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ENCODERS[suffix], "add", full)
    with pytest.raises(ExportError, match=r"^f.*: could not be written \(No space left on device\); make room"):
        write(make_source(3), tmp_path / f"f{suffix}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", ENCODERS)
def test_memory_does_not_grow_with_the_film(
    suffix: str, tmp_path: Path, make_source: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    alive: list[weakref.ref[np.ndarray]] = []
    compose = Renderer.compose

    def counted(self: Renderer, frame: Frame) -> np.ndarray:
        picture = compose(self, frame)
        alive.append(weakref.ref(picture))
        return picture

    monkeypatch.setattr(Renderer, "compose", counted)
    most = 0
    for _ in export(make_source(40), tmp_path / f"f{suffix}", SMALL):
        gc.collect()
        most = max(most, sum(reference() is not None for reference in alive))
    assert len(alive) >= 40 and most <= 4


@pytest.mark.parametrize(
    "name", ["Kätzchen 猫 😀.gif", "with 'quotes' & spaces.mp4", "-dash.apng", "UPPER.GIF", "a.b.c.webp", "100%d.webm"]
)
def test_names(name: str, tmp_path: Path, make_source: Callable[..., Any]) -> None:
    path = tmp_path / "日本" / name
    path.parent.mkdir()
    write(make_source(3), path)
    assert count_any(path) == 3


def count_any(path: Path) -> int:
    with av.open(str(path)) if path.suffix.lower() != ".webp" else Image.open(path) as file:
        return file.n_frames if isinstance(file, Image.Image) else len(list(file.decode(video=0)))


def test_a_link_stays_and_its_file_is_replaced(tmp_path: Path, make_source: Callable[..., Any]) -> None:
    (tmp_path / "real.gif").write_bytes(b"old")
    (tmp_path / "link.gif").symlink_to("real.gif")
    write(make_source(3), tmp_path / "link.gif")
    assert (tmp_path / "link.gif").is_symlink() and count(tmp_path / "real.gif") == 3


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"frames": 1}, "frames = 1 is outside 2..10000"),
        ({"fps": 0}, "fps = 0 is outside 0.1..120"),
        ({"fps": float("nan")}, "fps = nan is outside"),
        ({"duration_s": 0}, "duration = 0 is outside 0.1..3600"),
        ({"hold_s": -1}, "hold = -1 is outside 0..60"),
        ({"size": 8}, "size = 8 is outside 16..4096"),
        ({"layout": "circle"}, "layout = 'circle' is not one of x_t, pair, equation, curves"),
        ({"theme": "pink"}, "theme = 'pink' is not one of dark, light"),
        ({"fps": 60}, "f.gif: 60 frames a second are outside the format's 0.1..50"),
        ({"duration_s": 0.1, "frames": 9}, "f.gif: 90 frames a second are outside the format's 0.1..50"),
    ],
)
def test_options_out_of_range_are_refused_at_once(
    changes: dict[str, Any], message: str, tmp_path: Path, make_source: Callable[..., Any]
) -> None:
    with pytest.raises(ExportError, match=message.replace(".", r"\.")):
        export(make_source(9), tmp_path / "f.gif", Options(**changes))


def test_no_more_states_become_frames_than_the_format_plays(tmp_path: Path, make_source: Callable[..., Any]) -> None:
    first, *_, last = export(make_source(61), tmp_path / "f.gif", Options(duration_s=0.5, hold_s=0, size=32))
    assert first.note == "25 of the 61 states become frames: GIF plays at most 50 frames a second"
    assert last.total == 25 == count(tmp_path / "f.gif")
    first, *_ = export(make_source(61), tmp_path / "f.apng", Options(duration_s=1, size=32))
    assert first.total == 61 and not first.note


@pytest.mark.parametrize("name", ["v1.2 final", "5. try", "a.b c"])
def test_a_name_with_dots_is_a_folder_like_any_other(
    name: str, tmp_path: Path, make_source: Callable[..., Any]
) -> None:
    for _ in export(make_source(3), tmp_path / name, Options(size=32)):
        pass
    assert len(list((tmp_path / name).glob("*.png"))) == 3


def test_pictures_larger_than_the_panel_are_refused(tmp_path: Path, make_source: Callable[..., Any]) -> None:
    with pytest.raises(ExportError, match="size = 16 is smaller than the picture's 32 pixels; choose 32 or more"):
        write(make_source(3), tmp_path / "f.gif", Options(size=16))


def test_frames_too_large_for_a_format_are_refused(
    tmp_path: Path, make_source: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ENCODERS[".mp4"], "max_side", 60)
    with pytest.raises(ExportError, match=r"f.mp4: frames of 64x64 pixels are too large .* choose a smaller size"):
        write(make_source(3), tmp_path / "f.mp4", Options(size=64))
    assert not list(tmp_path.iterdir())


def test_a_filmstrip_is_one_png(tmp_path: Path, make_source: Callable[..., Any]) -> None:
    export_filmstrip(make_source(30), tmp_path / "strip.png", Options(frames=4, size=32))
    with Image.open(tmp_path / "strip.png") as image:
        assert image.format == "PNG" and image.width > 4 * 32
    with pytest.raises(ExportError, match=r"strip.gif: no known format has the suffix '.gif'; choose .png"):
        export_filmstrip(make_source(30), tmp_path / "strip.gif")


def test_limits_name_fields_of_options() -> None:
    for name, (low, high) in exporter.LIMITS.items():
        default = getattr(Options(), name)
        assert default is None or low <= default <= high
