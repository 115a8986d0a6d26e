"""``python -m tests.bench``: measure, print the table, write the figures."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .figures import Figure, as_dict, table
from .machine import describe, in_words
from .rows import ONE_THREAD, ROWS

ROOT = Path(__file__).parents[2]
ROW_TIMEOUT_S = 900


def main(argv: Sequence[str] | None = None) -> int:
    """0 if every figure measured is as asked, 1 if one misses, 2 for bad usage."""
    words = list(sys.argv[1:] if argv is None else argv)
    if any(word.split("=")[0] == "--model" for word in words):
        from .model import main as measure_model

        return measure_model(words)
    arguments = _parse(words)
    machine = describe()
    print(in_words(machine), end="\n\n", flush=True)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="diffviz-bench-") as folder:
        for row in arguments.rows:
            print(f"measuring {row}: {ROWS[row][1]} …", file=sys.stderr, flush=True)
            figures += _measure(row, arguments.quick, Path(folder))
    print(table(figures))
    for note in dict.fromkeys(
        f"{figure.row}: {figure.note}" for figure in figures if figure.note and figure.ok is not None
    ):
        print(note)
    if arguments.json:
        value = {"machine": machine, "quick": arguments.quick, "figures": [as_dict(figure) for figure in figures]}
        Path(arguments.json).write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if any(figure.ok is False for figure in figures) else 0


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    rows = "\n".join(f"  {name:<14}{text}" for name, (_, text) in ROWS.items())
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description="Measure the speed of diffviz. Every figure is taken in one run beside its yardstick.",
        epilog=f"rows:\n{rows}\n\nDIFFVIZ_TEST_DISPLAY=1 measures in the real display instead of offscreen.\n"
        "The exit code is 1 if a figure misses what is asked.\n\n"
        "--model FOLDER measures how good a model is instead; --model FOLDER --help tells more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rows", type=_rows, default=list(ROWS), metavar="A,B", help="only these rows")
    parser.add_argument("--json", metavar="FILE", help="write the figures and the machine")
    parser.add_argument("--quick", action="store_true", help="few repetitions: does it run at all")
    return parser.parse_args(argv)


def _rows(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in ROWS:
            raise argparse.ArgumentTypeError(f"{name!r} is not one of {', '.join(ROWS)}")
    return names


def _measure(row: str, quick: bool, folder: Path) -> list[Figure]:
    """The figures of a row, taken in a process of its own; one that fails says so in its line."""
    out = folder / f"{row}.json"
    command = [sys.executable, "-m", f"{__package__}.worker", row, str(out), *(["--quick"] if quick else [])]
    environment = os.environ | {"XDG_CONFIG_HOME": str(folder / "config"), "DIFFVIZ_STATE_DIR": str(folder / "state")}
    if row in ONE_THREAD:
        environment["OMP_NUM_THREADS"] = "1"
    try:
        ended = subprocess.run(
            command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True, timeout=ROW_TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        return [Figure(row, "", ok=False, note=f"took longer than {ROW_TIMEOUT_S} s")]
    if ended.returncode or not out.exists():
        print(ended.stderr, file=sys.stderr)
        lines = ended.stderr.strip().splitlines() or [f"ended with code {ended.returncode}"]
        return [Figure(row, "", ok=False, note=f"failed: {lines[-1][:120]}")]
    return [Figure(**fields) for fields in json.loads(out.read_text(encoding="utf-8"))]


if __name__ == "__main__":
    sys.exit(main())
