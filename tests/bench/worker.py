"""Measures one row and writes its figures: ``python -m tests.bench.worker ROW OUT [--quick]``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

if os.environ.get("DIFFVIZ_TEST_DISPLAY") != "1":
    os.environ["QT_QPA_PLATFORM"] = "offscreen"


def main(row: str, out: str, *options: str) -> None:
    from .figures import as_dict
    from .rows import Plan, measure

    figures = [as_dict(figure) for figure in measure(row, Plan(quick="--quick" in options))]
    Path(out).write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
