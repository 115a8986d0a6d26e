"""``python -m tests.soak --hours H``: the drivers of tests/attack and random window actions in turn, with new seeds."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
# how long each runs in a turn, and how many trials that may be
TURN = {"monkey": (600, 10**6), "pictures": (60, 10**6), "files": (90, 1500), "kill": (90, 50), "faults": (60, 10**4)}


def main(argv: Sequence[str] | None = None) -> int:
    """0 if nothing failed, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the first turn (default: the clock)")
    parser.add_argument("--out", type=Path, default=ROOT / "soak", help="where failing inputs are kept")
    options = parser.parse_args(argv)
    end, seed, failed, slopes = time.monotonic() + 3600 * options.hours, options.seed, 0, []
    while (left := end - time.monotonic()) > 0:
        share = min(1.0, left / sum(seconds for seconds, _ in TURN.values()))
        for name, (seconds, most) in TURN.items():
            code, line = _drive(name, seed, max(1.0, share * seconds), most, options.out)
            print(f"seed {seed}: {line}", flush=True)
            failed += code != 0
            slopes += [float(found) for found in re.findall(r"slope ([+-]\d+) MB", line)]
        seed += 1
    kept = f"; failing inputs in {options.out}: put the smallest into tests/corpus" if failed else ""
    memory = "too short for the slope of the memory"
    if slopes:
        memory = f"memory of the window {sorted(slopes)[len(slopes) // 2]:+.0f} MB an hour"
    print(f"soak: {seed - options.seed} turns, {failed} drivers failed; {memory}{kept}")
    return 1 if failed else 0


def _drive(name: str, seed: int, seconds: float, most: int, out: Path) -> tuple[int, str]:
    words = [sys.executable, "-m", f"tests.attack.{name}", "--seed", str(seed), "--n", str(most)]
    words += ["--seconds", f"{seconds:.0f}"]
    environment = {**os.environ, "ATTACK_OUT": str(out)}
    ended = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)
    if ended.returncode:
        print(ended.stdout, ended.stderr, sep="\n", file=sys.stderr, flush=True)
    return ended.returncode, (ended.stdout.strip().splitlines() or [f"{name}: ended with {ended.returncode}"])[-1]


if __name__ == "__main__":
    sys.exit(main())
