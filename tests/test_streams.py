"""Standard streams, folders and homes that are closed, full or gone: a sentence and the right exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NO_HOME = """import os, pwd, sys
def unknown(uid): raise KeyError("getpwuid(): uid not found")
pwd.getpwuid = unknown
os.environ.pop("HOME", None)
from diffviz.cli import main
sys.exit(main(sys.argv[1:]))
"""
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/dev/full, /proc and shells as Linux has them")


def shell(line: str, cwd: Path, **environment: str | None) -> subprocess.CompletedProcess[str]:
    """The line in a shell; $D is ``python -m diffviz``."""
    own = {"D": f"{sys.executable} -m diffviz", "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    merged = {key: value for key, value in {**os.environ, **own, **environment}.items() if value is not None}
    return subprocess.run(["bash", "-c", line], cwd=cwd, env=merged, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("line, code, said", [
    ("$D info >/dev/full", 1, "diffviz: standard output cannot be written (No space left on device); "),
    ("$D --help >/dev/full", 1, "diffviz: standard output cannot be written (No space left on device); "),
    ("$D experiment --list >/dev/full", 1, "diffviz: standard output cannot be written"),
    ("$D --help 2>/dev/full >/dev/full", 1, ""),
    ("$D export forward gone.png -o a.gif 2>/dev/full", 2, ""),
    ("$D export forward gone.png -o a.gif 2>&-", 2, ""),
    ("$D --help >&-", 0, ""),
    ("$D export forward p.png -o a.gif --frames 2 --size 16 <&- >&- 2>&- && test -s a.gif", 0, ""),
    ("mkdir x && cd x && rmdir ../x && $D export forward p.png -o a.gif", 2, "diffviz: the folder that you are in is "),
    ("mkdir x && cd x && rmdir ../x && $D info", 2, "diffviz: the folder that you are in is not there any more; "),
])  # fmt: skip
def test_a_sentence_and_the_right_exit_code(line: str, code: int, said: str, tmp_path: Path) -> None:
    from diffviz.assets import asset

    (tmp_path / "p.png").write_bytes((asset("images") / "cat.png").read_bytes())
    ended = shell(line, tmp_path)
    assert ended.returncode == code, ended.stderr
    assert ended.stderr.startswith(said) and ended.stderr.count("\n") == bool(said), ended.stderr


def test_no_home(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(NO_HOME)
    line, gone = f"{sys.executable} a.py info", {"HOME": None, "DIFFVIZ_STATE_DIR": None, "DIFFVIZ_DATA_DIR": None}
    gone |= dict.fromkeys(("XDG_STATE_HOME", "XDG_DATA_HOME", "HF_HOME"))
    ended = shell(line, tmp_path, **gone)
    assert ended.returncode == 2 and ended.stderr.count("\n") == 1
    assert "set DIFFVIZ_STATE_DIR and DIFFVIZ_DATA_DIR to folders" in ended.stderr
    given = {**gone, "DIFFVIZ_STATE_DIR": str(tmp_path / "s"), "DIFFVIZ_DATA_DIR": str(tmp_path / "d")}
    ended = shell(line, tmp_path, **given)
    assert ended.returncode == 0 and ended.stdout.endswith("ready\n"), ended.stderr


WINDOW = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
import diffviz.gui.app as app
build = app.build_window
def and_close(*words):
    window = build(*words)
    QTimer.singleShot(0, window.close)
    return window
app.build_window = and_close
"""


@pytest.mark.parametrize("given", [True, False])
def test_the_window_without_a_home(given: bool, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(WINDOW + NO_HOME)
    folders = {"DIFFVIZ_STATE_DIR": str(tmp_path / "s"), "DIFFVIZ_DATA_DIR": str(tmp_path / "d")} if given else {}
    gone = dict.fromkeys(("HOME", "DIFFVIZ_STATE_DIR", "DIFFVIZ_DATA_DIR", "XDG_STATE_HOME", "XDG_DATA_HOME"))
    ended = shell(f"{sys.executable} a.py", tmp_path, **{**gone, "XDG_CONFIG_HOME": str(tmp_path / "c"), **folders})
    assert ended.returncode == (0 if given else 2), ended.stderr
    assert given or "set DIFFVIZ_STATE_DIR and DIFFVIZ_DATA_DIR" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_window_where_the_log_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(WINDOW + "from diffviz.cli import main\nsys.exit(main([]))\n")
    (tmp_path / "file").touch()
    ended = shell(f"{sys.executable} a.py", tmp_path, DIFFVIZ_STATE_DIR=str(tmp_path / "file" / "state"),
                  XDG_CONFIG_HOME=str(tmp_path / "c"))  # fmt: skip
    assert ended.returncode == 0 and "Traceback" not in ended.stderr, ended.stderr
