"""The command as a process that is forked from one which has imported what is slow to import."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from multiprocessing.connection import Connection

CONTEXT = multiprocessing.get_context("forkserver") if hasattr(os, "fork") else None
IMPORTED = ["diffusers.models.unets.unet_2d", "accelerate", "diffviz.cli.train", "diffviz.train.command"]


def _command(words: list[str], environment: dict[str, str], *ends: Connection) -> None:
    """What the process does; ``ends`` are its standard input, output and error."""
    from diffviz.cli import main

    os.environ.update(environment)
    for number, end in enumerate(ends):
        os.dup2(end.fileno(), number)
        end.close()
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  as long as the process
    sys.exit(main(words))


class Forked:
    """As much of subprocess.Popen as the tests use: the command with three pipes."""

    def __init__(self, words: list[str], environment: dict[str, str] | None = None) -> None:
        assert CONTEXT is not None
        CONTEXT.set_forkserver_preload(IMPORTED)
        (in_, to), (out, out_), (err, err_) = (CONTEXT.Pipe(duplex=False) for _ in range(3))
        theirs, ours = (in_, out_, err_), (to, out, err)
        self._process = CONTEXT.Process(target=_command, args=(words, environment or {}, *theirs), daemon=True)
        self._process.start()
        for end in theirs:
            end.close()
        modes = ("w", "r", "r")
        pairs = zip(ours, modes, strict=True)
        files = [open(os.dup(end.fileno()), mode, encoding="utf-8") for end, mode in pairs]  # noqa: SIM115
        for end in ours:
            end.close()
        self.stdin, self.stdout, self.stderr = files

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self._process.pid or 0, number)

    def kill(self) -> None:
        self._process.kill()

    def wait(self, timeout_s: float | None = None) -> int | None:
        self._process.join(timeout_s)
        return self.returncode

    def communicate(self, timeout: float) -> tuple[str, str]:
        """What it says until its end, which comes in time."""
        late = threading.Timer(timeout, self.kill)
        late.start()
        said = self.stdout.read(), self.stderr.read()
        self.wait()
        late.cancel()
        late.join()
        return said
