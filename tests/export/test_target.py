"""Where an export may go, and folders that appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from diffviz.export.encoders import MARKER
from diffviz.export.target import ExportError, check_target, replacing_folder


def test_good_targets(tmp_path: Path) -> None:
    assert check_target(tmp_path / "a.gif") == (tmp_path / "a.gif").resolve()
    assert check_target(tmp_path / "A.MP4").name == "A.MP4"
    assert check_target(tmp_path / "frames").name == "frames"
    (tmp_path / "old.gif").write_bytes(b"old")
    check_target(tmp_path / "old.gif")
    (tmp_path / "empty").mkdir()
    check_target(tmp_path / "empty")
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / MARKER).touch()
    (tmp_path / "ours" / "frame_0000.png").touch()
    check_target(tmp_path / "ours")


@pytest.mark.parametrize(
    "name, message",
    [
        ("a.avi", r"^a\.avi: no known format has the suffix '\.avi'; choose \.apng, \.gif, .* a folder of PNGs\.$"),
        ("absent/a.gif", r"^a\.gif: the folder .*absent does not exist; create it or choose another\.$"),
        ("file.txt/a.gif", r"^a\.gif: the folder .*file\.txt does not exist"),
        ("folder.gif", r"^folder\.gif: is a folder; choose a file name that is not taken\.$"),
        ("pipe.gif", r"^pipe\.gif: is a device or pipe; choose an ordinary file\.$"),
        ("plain", r"^plain: is a file, and a name without suffix means a folder of PNGs; choose another name\.$"),
        ("foreign", r"^foreign: the folder holds files that are not from diffviz; choose a new or empty one\.$"),
        ("x" * 300 + ".gif", r"^x+….*\.gif: cannot be written \(File name too long\); choose another name\.$"),
        ("two\nlines.gi", r"^two.lines\.gi: no known"),
    ],
)
def test_bad_targets_are_refused_in_one_line(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "file.txt").touch()
    (tmp_path / "folder.gif").mkdir()
    os.mkfifo(tmp_path / "pipe.gif")
    (tmp_path / "plain").touch()
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.tex").touch()
    with pytest.raises(ExportError, match=message) as caught:
        check_target(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_folder_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    if os.access(tmp_path / "closed", os.W_OK):
        pytest.skip("this user may write everywhere")
    with pytest.raises(ExportError, match="is not writable"):
        check_target(tmp_path / "closed" / "a.gif")


def fill(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text(name)


@pytest.mark.parametrize("before", ["absent", "empty"])
def test_a_folder_appears_whole(before: str, tmp_path: Path) -> None:
    target = tmp_path / "frames"
    if before == "empty":
        target.mkdir()
    with replacing_folder(target) as temporary:
        fill(temporary, MARKER, "frame_0000.png")
        assert not target.exists() or not any(target.iterdir())
    assert sorted(p.name for p in target.iterdir()) == [MARKER, "frame_0000.png"]
    assert [p.name for p in tmp_path.iterdir()] == ["frames"]
    assert target.stat().st_mode & 0o777 == 0o777 & ~current_umask()


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_folder_of_ours_is_replaced_and_other_peoples_files_in_it_stay(tmp_path: Path) -> None:
    target = tmp_path / "frames"
    target.mkdir()
    fill(target, MARKER, "frame_0000.png", "frame_0001.png", "notes.txt")
    with replacing_folder(target) as temporary:
        fill(temporary, MARKER, "frame_0000.png")
    assert sorted(p.name for p in target.iterdir()) == [MARKER, "frame_0000.png", "notes.txt"]
    assert [p.name for p in tmp_path.iterdir()] == ["frames"]


def test_an_error_leaves_the_old_folder(tmp_path: Path) -> None:
    target = tmp_path / "frames"
    target.mkdir()
    fill(target, MARKER, "frame_0000.png", "frame_0001.png")
    with pytest.raises(RuntimeError), replacing_folder(target) as temporary:
        fill(temporary, MARKER)
        raise RuntimeError
    assert len(list(target.iterdir())) == 3
    assert [p.name for p in tmp_path.iterdir()] == ["frames"]


def test_a_rename_that_fails_brings_the_old_folder_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "frames"
    target.mkdir()
    fill(target, MARKER, "frame_0000.png", "frame_0001.png")
    replace, calls = os.replace, []

    def failing(source: Path, goal: Path) -> None:
        calls.append(goal)
        if len(calls) == 2:
            raise OSError("the disk went away")
        replace(source, goal)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(OSError, match="went away"), replacing_folder(target) as temporary:
        fill(temporary, MARKER)
    assert len(list(target.iterdir())) == 3
    assert [p.name for p in tmp_path.iterdir()] == ["frames"]
