"""Where an export may go, and folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

import diffviz.export.target
from diffviz.export.encoders import MARKER
from diffviz.export.errors import ExportError
from diffviz.export.target import check_target, replacing_folder
from diffviz.files import suffix_of


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
        (".gif", r"^\.gif: is a suffix without a name; put one before it, such as film\.gif\.$"),
        ("loop.gif", r"^loop\.gif: is a link that leads back to itself; remove it or choose another name\.$"),
        ("pipe", r"^pipe: is a device or pipe; choose an ordinary file\.$"),
    ],
)
def test_bad_targets_are_refused_in_one_line(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "file.txt").touch()
    (tmp_path / "folder.gif").mkdir()
    os.mkfifo(tmp_path / "pipe.gif")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop.gif").symlink_to("loop.gif")
    (tmp_path / "plain").touch()
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.tex").touch()
    with pytest.raises(ExportError, match=message) as caught:
        check_target(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_name_must_be_given_and_a_space_behind_it_is_none() -> None:
    with pytest.raises(ExportError, match=r"^an export needs a name"):
        check_target("")
    assert suffix_of("trail .gif ") == ".gif"


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


def test_a_persons_files_are_there_when_the_process_dies_right_after_the_exchange(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "frames"
    (target / "mine").mkdir(parents=True)
    fill(target, MARKER, "frame_0000.png", "notes.txt")
    fill(target / "mine", "a.txt")
    (target / "mine").chmod(0o555)
    exchange = diffviz.export.target._exchange

    def dying(one: Path, other: Path) -> bool:
        if not exchange(one, other):
            pytest.skip("folders cannot change their names in one step here")
        raise KeyboardInterrupt

    monkeypatch.setattr(diffviz.export.target, "_exchange", dying)
    monkeypatch.setattr(diffviz.export.target, "_give_back", lambda old, target: None)
    with pytest.raises(KeyboardInterrupt), replacing_folder(target) as temporary:
        fill(temporary, MARKER, "frame_0000.png", "frame_0001.png")
    whole = [MARKER, "frame_0000.png", "frame_0001.png", "mine", "notes.txt"]
    assert sorted(p.name for p in target.iterdir()) == whole
    assert (target / "mine" / "a.txt").read_text() == "a.txt"
    monkeypatch.undo()
    (target / "notes.txt").unlink()
    fill(target, "notes.txt")  # a person's program writes a file anew meanwhile: both are kept
    with replacing_folder(target) as temporary:
        fill(temporary, MARKER, "frame_0000.png")
    assert sorted(p.name for p in target.iterdir()) == [MARKER, "frame_0000.png", "mine", "notes.txt", "old-notes.txt"]
    assert [p.name for p in (target / "mine").iterdir()] == ["a.txt"]
    assert [p.name for p in tmp_path.iterdir()] == ["frames"]
    assert (target / "notes.txt").stat().st_nlink == 1


@pytest.mark.parametrize("in_one_step", [True, False])
def test_a_persons_files_and_folders_move_whatever_their_rights(
    in_one_step: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also as a user who is bound to rights, which root is not."""
    if not in_one_step:
        monkeypatch.setattr(diffviz.export.target, "_exchange", lambda one, other: False)
    place = Path(tempfile.mkdtemp())  # pytest's own is closed to other users
    target, user = place / "frames", os.geteuid()
    try:
        if user == 0:
            place.chmod(0o777)
            os.seteuid(65534)
        (target / "mine").mkdir(parents=True)
        fill(target, MARKER, "frame_0000.png", "notes.txt")
        fill(target / "mine", "a.txt")
        (target / "notes.txt").chmod(0o444)
        (target / "mine").chmod(0o555)
        target.chmod(0o555)
        with replacing_folder(target) as temporary:
            fill(temporary, MARKER, "frame_0000.png")
    finally:
        if user == 0:
            os.seteuid(0)
    assert sorted(p.name for p in target.iterdir()) == [MARKER, "frame_0000.png", "mine", "notes.txt"]
    assert (target / "mine" / "a.txt").read_text() == "a.txt"
    rights = [0o555, 0o555, 0o444]
    assert [path.stat().st_mode & 0o777 for path in (target, target / "mine", target / "notes.txt")] == rights
    assert [p.name for p in place.iterdir()] == ["frames"]
    for path in (target / "mine", target):
        path.chmod(0o755)
    shutil.rmtree(place)


def test_an_error_leaves_the_old_folder(tmp_path: Path) -> None:
    target = tmp_path / "frames"
    target.mkdir()
    fill(target, MARKER, "frame_0000.png", "frame_0001.png")
    with pytest.raises(RuntimeError), replacing_folder(target) as temporary:
        fill(temporary, MARKER)
        raise RuntimeError
    assert len(list(target.iterdir())) == 3
    assert [p.name for p in tmp_path.iterdir()] == ["frames"]


@pytest.mark.parametrize("failing_call", [1, 2, 3, 4])
def test_a_rename_that_fails_brings_the_old_folder_back(
    failing_call: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where folders cannot change their names in one step, four renames do it."""
    target = tmp_path / "frames"
    target.mkdir()
    fill(target, MARKER, "frame_0000.png", "frame_0001.png")
    replace, calls = os.replace, []

    def failing(source: Path, goal: Path) -> None:
        calls.append(goal)
        if len(calls) == failing_call:
            raise OSError("the disk went away")
        replace(source, goal)

    monkeypatch.setattr(os, "replace", failing)
    monkeypatch.setattr(diffviz.export.target, "_exchange", lambda one, other: False)
    with pytest.raises(OSError, match="went away"), replacing_folder(target) as temporary:
        fill(temporary, MARKER)
    assert len(list(target.iterdir())) == 3
    assert [p.name for p in tmp_path.iterdir()] == ["frames"]
