"""The bench runs, prints its table and writes its figures; how fast anything is stands in no test."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from bench.figures import COLUMNS, Bound, Figure, answered, judged, percentile, skipped, table
from bench.machine import describe, in_words
from bench.rows import ROWS

ROOT = Path(__file__).parents[1]
FIELDS = {"row", "asked", "measured", "unit", "yardstick", "ratio", "ok", "note"}


def run_bench(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.bench", *words], cwd=ROOT, capture_output=True, text=True, timeout=120
    )


def test_one_row_prints_its_table_and_writes_its_figures(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    ended = run_bench("--quick", "--rows", "export", "--json", str(out))
    assert ended.returncode in (0, 1), ended.stderr
    value = json.loads(out.read_text(encoding="utf-8"))
    (figure,) = value["figures"]
    assert set(figure) == FIELDS
    assert figure["ratio"] == pytest.approx(figure["measured"] / figure["yardstick"], rel=1e-6)
    assert figure["ok"] == (figure["ratio"] >= 0.7) == (ended.returncode == 0)
    assert value["quick"] and value["machine"]["versions"]["torch"] != "missing"
    lines = [line for line in ended.stdout.splitlines() if line.startswith("|")]
    assert [cell.strip() for cell in lines[0].strip("|").split("|")] == list(COLUMNS)
    assert figure["row"] in lines[2]


def test_help_names_every_row() -> None:
    ended = run_bench("--help")
    assert ended.returncode == 0
    assert all(name in ended.stdout for name in ROWS)


def test_an_unknown_row_is_refused_in_words() -> None:
    ended = run_bench("--rows", "launch,lunch")
    assert ended.returncode == 2
    assert "'lunch' is not one of" in ended.stderr


@pytest.mark.parametrize("name", ROWS)
def test_every_row_has_its_function(name: str) -> None:
    module = import_module(f"bench.{ROWS[name][0]}")
    assert callable(getattr(module, f"measure_{name}"))


@pytest.mark.parametrize(
    "sense, value, ok", [("<=", 1.0, True), ("<=", 1.001, False), (">=", 1.0, True), (">=", 0.999, False)]
)
def test_a_bound_includes_its_end(sense: str, value: float, ok: bool) -> None:
    assert judged("row", Bound(sense, 1.0), value, "ms").ok is ok
    assert judged("row", Bound(sense, 1.0, of_ratio=True), 77.0, "ms", 5.0, value).ok is ok


def test_percentile_is_the_nearest_rank() -> None:
    values = list(range(200, 0, -1))
    assert [percentile(values, p) for p in (50, 95, 99, 100)] == [100, 190, 198, 200]
    assert percentile([3.0], 99) == 3.0


def test_the_table_says_what_missed_and_what_was_skipped() -> None:
    bound = Bound("<=", 12)
    figures = [
        judged("slow", bound, 13.0, "ms"),
        answered("right", True),
        skipped("gpu", bound, "no CUDA device", "ms"),
    ]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table(figures).splitlines()]
    assert rows[2] == ["slow", "<= 12 ms", "13 ms", "", "", "MISSED"]
    assert rows[3] == ["right", "yes", "yes", "", "", "ok"]
    assert rows[4] == ["gpu", "<= 12 ms", "", "", "", "skipped: no CUDA device"]
    assert len({len(line) for line in table(figures).splitlines()}) == 1


def test_a_row_that_failed_is_no_pass() -> None:
    cells = Figure("row", "", ok=False, note="failed: why").cells()
    assert cells[-1] == "MISSED"


def test_the_machine_is_described() -> None:
    words = in_words(describe())
    assert all(name in words for name in ("cores", "Python", "torch", "PySide6", "diffusers"))
