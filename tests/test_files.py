"""Files appear whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from diffviz.files import (
    display_name,
    log_path,
    model_folder,
    models_dir,
    own_model,
    own_models,
    replacing,
    state_dir,
    sweep,
    temporary_folder,
    write_bytes,
    write_text,
)
from diffviz.locks import fcntl


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_text_and_bytes_are_written(tmp_path: Path) -> None:
    write_text(tmp_path / "a.json", "ᾱ ε\n")
    write_bytes(str(tmp_path / "b.bin"), b"\0\xff")
    assert (tmp_path / "a.json").read_bytes() == "ᾱ ε\n".encode()
    assert (tmp_path / "b.bin").read_bytes() == b"\0\xff"
    assert names(tmp_path) == ["a.json", "b.bin"]


def test_the_old_file_stands_until_the_block_ends(tmp_path: Path) -> None:
    target = tmp_path / "film.mp4"
    target.write_bytes(b"old")
    with replacing(target) as temporary:
        assert temporary.parent == tmp_path and temporary.suffix == ".mp4" and temporary.name.startswith(".")
        temporary.write_bytes(b"new")
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"
    assert names(tmp_path) == ["film.mp4"]


def test_the_next_write_sweeps_the_halves_of_the_dead_and_none_of_the_living(tmp_path: Path) -> None:
    mine = [".diffviz-export", ".diffviz-0123456789abc.png", ".diffviz-x.png", ".diffviz-0123456789ab-old"]
    dead = [".diffviz-0123456789ab", ".diffviz-0123456789ab.png", ".diffviz-ffffffffffff.safetensors"]
    for name in (*mine, *dead[:2]):
        (tmp_path / name).touch()
    (tmp_path / dead[2]).mkdir()
    with replacing(tmp_path / "a.mp4") as living:
        living.write_bytes(b"a")
        write_text(tmp_path / "b.json", "{}")
        assert living.exists()
        with temporary_folder(tmp_path / "frames") as folder:
            (folder / "frame_0.png").touch()
            write_text(tmp_path / "b.json", "{}")
            assert (folder / "frame_0.png").exists()
    assert names(tmp_path) == sorted([*mine, "a.mp4", "b.json"])


def test_a_pipe_or_link_of_such_a_name_does_not_stop_a_write(tmp_path: Path) -> None:
    (tmp_path / ".diffviz-0123456789ab").symlink_to("/dev/zero")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / ".diffviz-0123456789ac")
    write_text(tmp_path / "b.json", "{}")
    assert (tmp_path / "b.json").read_text() == "{}"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
@pytest.mark.parametrize("before", [None, b"old"])
def test_an_error_leaves_the_old_file_or_none(tmp_path: Path, error: type[BaseException], before: bytes | None) -> None:
    target = tmp_path / "film.gif"
    if before is not None:
        target.write_bytes(before)
    with pytest.raises(error), replacing(target) as temporary:
        temporary.write_bytes(b"half")
        raise error
    assert names(tmp_path) == ([] if before is None else ["film.gif"])
    if before is not None:
        assert target.read_bytes() == before


def test_text_that_cannot_be_encoded_leaves_the_old_file(tmp_path: Path) -> None:
    write_text(tmp_path / "a.json", "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(tmp_path / "a.json", "\udcff")
    assert (tmp_path / "a.json").read_text() == "old" and names(tmp_path) == ["a.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
def test_a_killed_writer_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "film.gif"
    target.write_bytes(b"old")
    code = (
        "import sys, time; from diffviz.files import replacing\n"
        "with replacing(sys.argv[1]) as temporary:\n"
        "    temporary.write_bytes(b'half'); print('written', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(target)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None and writer.stdout.readline() == b"written\n"
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    assert target.read_bytes() == b"old"
    with replacing(target) as temporary:  # and what the killed one left is in nobody's way
        temporary.write_bytes(b"new")
    assert target.read_bytes() == b"new"


def test_no_reader_ever_sees_a_part(tmp_path: Path) -> None:
    target = tmp_path / "a.bin"
    write_bytes(target, b"0" * 100_000)
    done = threading.Event()

    def write() -> None:
        for digit in b"123456789":
            write_bytes(target, bytes([digit]) * 100_000)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        data = target.read_bytes()
        assert len(data) == 100_000 and len(set(data)) == 1
    writer.join()


def test_a_missing_folder_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "none" / "a.png"):
        pytest.fail("the block must not run")


@pytest.mark.parametrize("target", ["folder", os.devnull])
def test_what_is_no_file_is_refused_before_the_work(tmp_path: Path, target: str) -> None:
    (tmp_path / "folder").mkdir()
    path = tmp_path / target  # an absolute target stands for itself
    with pytest.raises(OSError, match="no regular file"), replacing(path):
        pytest.fail("the block must not run")
    assert path.exists() and not path.is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="links and permissions are POSIX")
def test_permissions_and_links_are_kept(tmp_path: Path) -> None:
    umask = os.umask(0o027)
    try:
        write_text(tmp_path / "new.txt", "a")
        assert (tmp_path / "new.txt").stat().st_mode & 0o777 == 0o640
    finally:
        os.umask(umask)
    (tmp_path / "new.txt").chmod(0o600)
    (tmp_path / "link.txt").symlink_to("new.txt")
    write_text(tmp_path / "link.txt", "b")
    assert (tmp_path / "link.txt").is_symlink() and (tmp_path / "new.txt").read_text() == "b"
    assert (tmp_path / "new.txt").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["x" * 240 + ".png", "a." + "y" * 240, "猫.json", ".hidden", "no suffix"])
def test_names_of_every_length(tmp_path: Path, name: str) -> None:
    write_text(tmp_path / name, "a")
    assert names(tmp_path) == [name]


def test_the_log_lies_in_the_state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DIFFVIZ_STATE_DIR", str(tmp_path / "state"))
    assert state_dir() == tmp_path / "state" and log_path().parent == state_dir()
    assert not state_dir().exists()
    monkeypatch.delenv("DIFFVIZ_STATE_DIR")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr(sys, "platform", "linux")
    assert state_dir() == tmp_path / "xdg" / "diffviz"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert state_dir().parts[-3:] == ("Library", "Logs", "diffviz")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert state_dir() == tmp_path / "local" / "diffviz"


def test_trained_models_lie_in_the_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DIFFVIZ_DATA_DIR", str(tmp_path / "data"))
    assert models_dir() == tmp_path / "data" / "models" and own_models() == []
    for name in ("b", "a", "stopped-at-once"):
        (models_dir() / name / "unet").mkdir(parents=True)
    for name in ("b", "a"):
        (models_dir() / name / "unet" / "diffusion_pytorch_model.safetensors").touch()
    assert own_models() == [models_dir() / "a", models_dir() / "b"]
    assert own_model("b") == models_dir() / "b"
    assert model_folder("b") == str(models_dir() / "b") and model_folder("c") == "c"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b").mkdir()
    assert model_folder("b") == "b"  # as the shell completes it
    assert own_model("stopped-at-once") is own_model("c") is own_model("") is own_model("../models/b") is None
    monkeypatch.delenv("DIFFVIZ_DATA_DIR")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr(sys, "platform", "linux")
    assert models_dir() == tmp_path / "xdg" / "diffviz" / "models"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert models_dir().parts[-4:] == ("Library", "Application Support", "diffviz", "models")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("APPDATA", str(tmp_path / "roaming"))
    assert models_dir() == tmp_path / "roaming" / "diffviz" / "models"


@pytest.mark.parametrize("path, shown", [
    ("/a/b/cat.png", "cat.png"), ("cat.png", "cat.png"), ("/", "/"), (".", "."), ("", "(no name)"),
    (b"/a/cat.png", "cat.png"),
    ("/a/two\nlines\x1b.png", "two\ufffdlines\ufffd.png"), ("/a/\udcff.png", "\ufffd.png"), ("/a/猫 é.png", "猫 é.png"),
    ("/a/" + "x" * 100 + ".png", "x" * 39 + "…" + "x" * 16 + ".png"),
])  # fmt: skip
def test_names_as_messages_show_them(path: str | bytes, shown: str) -> None:
    assert display_name(path) == shown
    assert len(display_name(path)) <= 60


@pytest.mark.skipif(fcntl is None, reason="nothing is swept where there are no locks")
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_is_made_while_others_sweep_is_never_swept(kind: str, tmp_path: Path) -> None:
    ended = threading.Event()

    def sweeping() -> None:
        while not ended.is_set():
            sweep(tmp_path)

    others = [threading.Thread(target=sweeping) for _ in range(2)]
    for other in others:
        other.start()
    try:
        for k in range(200):
            if kind == "file":
                write_text(tmp_path / "a.txt", str(k))
                assert (tmp_path / "a.txt").read_text() == str(k)
            else:
                with temporary_folder(tmp_path / "a") as made:
                    (made / "x").write_text("x")
                    assert made.is_dir()
    finally:
        ended.set()
        for other in others:
            other.join()


@pytest.mark.skipif(sys.platform != "linux", reason="a folder that is there and in which nothing can be made")
def test_a_place_where_nothing_can_be_made_is_an_error_and_no_endless_try(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), temporary_folder(tmp_path / "gone" / "a"):
        pass
    with pytest.raises(OSError), replacing("/proc/a.txt"):
        pass
