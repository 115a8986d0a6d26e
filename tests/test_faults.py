"""The log: appended as a whole, kept small, whoever writes to it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from diffviz import faults
from diffviz.faults import LogHandler, append, record_fault
from diffviz.files import log_path


@pytest.fixture(autouse=True)
def _own_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIFFVIZ_STATE_DIR", str(tmp_path / "state"))


def test_what_an_earlier_window_wrote_stays() -> None:
    append("earlier\n")
    record = logging.LogRecord("diffviz", logging.WARNING, __file__, 1, "now: %s", ("\ud800",), None)
    LogHandler().handle(record)
    first, second = log_path().read_text(encoding="utf-8").splitlines()
    assert first == "earlier" and second.endswith("WARNING diffviz: now: \\ud800") and f" {os.getpid()} " in second


def test_two_programs_neither_tear_lines_nor_rotate_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import sys; from diffviz import faults; faults.MAX_LOG_BYTES = 100_000\n"
        "for k in range(60): faults.append(sys.argv[1] * 4999 + '\\n')"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, letter]) for letter in "ab"]
    assert [writer.wait() for writer in writers] == [0, 0]
    kept = [path.read_text(encoding="utf-8") for path in (log_path(), log_path().with_suffix(".log.old"))]
    lines = "".join(kept).splitlines()
    assert all(line in ("a" * 4999, "b" * 4999) for line in lines)
    assert len(kept[1]) > 100_000 and all(len(text) <= 105_000 for text in kept)


def test_a_log_that_cannot_be_written_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DIFFVIZ_STATE_DIR", str(tmp_path / "file" / "state"))
    assert record_fault(ValueError("a")) is None
    assert faults.sentence(ValueError("a")).endswith("and the log cannot be written.")
