"""The driver that attacks the opening of pictures, for a while; and what has failed once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEPT = sorted((ROOT / "tests" / "corpus" / "pictures").iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="the drivers count memory as Linux does")
def test_damaged_pictures_are_opened_or_refused(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "tests.attack.pictures", "--n", "250", "--seed", "7", "--seconds", "90"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    ended = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    tried = re.search(r"pictures: tried (\d+), failed 0 ", ended.stdout)
    assert tried is not None and int(tried[1]) > 50


@pytest.mark.skipif(sys.platform != "linux", reason="measures the peak as Linux counts it")
@pytest.mark.parametrize("path", KEPT, ids=[path.name for path in KEPT])
def test_what_has_failed_once_is_refused_in_little_memory(path: Path) -> None:
    code = (
        "import sys\nfrom diffviz.images import PictureError, load_picture\n"
        "try: load_picture(sys.argv[1])\nexcept PictureError as error: print(error)\n"
        # not getrusage: what it tells begins with the peak of the process that started this one
        "print(int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]) // 1024)"
    )
    run = subprocess.run([sys.executable, "-W", "error", "-c", code, path], capture_output=True, text=True, check=True)
    message, megabytes = run.stdout.splitlines()
    assert message.startswith(f"{path.name}: ") and int(megabytes) < 300
