"""The program from its first word to its exit code: streams, signals, and one line for whatever goes wrong."""

from __future__ import annotations

import argparse
import atexit
import contextlib
import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Any, TextIO, cast

from diffviz import streams
from diffviz.cli.words import COMMANDS, UsageError, build_parser
from diffviz.files import NoHome

# the interpreter's own last collections would look through all of torch and diffusers: a second of processor time
atexit.register(gc.freeze)


def main(argv: Sequence[str] | None = None) -> int:
    """Run diffviz and return its exit code: 0 done, 2 bad usage or input, 1 a fault of ours, 130 interrupted."""
    words = list(sys.argv[1:] if argv is None else argv)
    streams.open_closed()
    out, remarks = streams.Lenient(sys.stdout, to_a_reader=True), streams.Lenient(sys.stderr)
    with contextlib.redirect_stdout(cast(TextIO, out)), contextlib.redirect_stderr(cast(TextIO, remarks)):
        code = _run(words)
        with contextlib.suppress(BrokenPipeError):
            out.flush()
        if out.lost is not None:
            _say(f"standard output cannot be written ({out.lost.strerror}); give it another place.")
            code = code or 1
        return code


def _run(words: list[str]) -> int:
    try:
        _check_here()
        arguments = _parse(words)
        if arguments.command == "gui":
            _hurry()
        from diffviz.cli import commands

        with _terminable() if arguments.command in ("export", "experiment") else contextlib.nullcontext():
            return commands.run(arguments)
    except (UsageError, NoHome) as error:
        _say(str(error))
        return 2
    except KeyboardInterrupt:
        _say("interrupted; nothing was written.")
        return 130
    except SystemExit as error:  # argparse after --help and --version
        return error.code if isinstance(error.code, int) else 0
    except BrokenPipeError:  # the reader of our output has gone: nobody is left to tell
        streams.give_up(sys.stdout)
        return 0
    except Exception as error:
        from diffviz.faults import sentence

        _say(sentence(error))
        return 1


def _check_here() -> None:
    try:
        os.getcwd()
    except OSError as error:
        raise UsageError("the folder that you are in is not there any more; change to another one.") from error


def _hurry() -> None:
    """Nothing that would delay the first paint: each costs a twentieth of the way there."""
    gc.disable()  # nothing is garbage yet; gui.app.run looks for it when torch is there
    # numpy's linear algebra, which no window needs, starts threads that spin for a while
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _say(message: str) -> None:
    line = " ".join(message.split())
    print(f"diffviz: {line}", file=sys.stderr)


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM as KeyboardInterrupt while the block runs, so that an export cleans up behind itself."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_signal: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _parse(words: list[str]) -> argparse.Namespace:
    if words[:1] not in (["-h"], ["--help"], ["--version"]) and (not words or words[0] not in COMMANDS):
        if words and not words[0].startswith("-") and not os.path.lexists(words[0]):
            import difflib  # only for a mistake: the window opens sooner without

            near = difflib.get_close_matches(words[0], COMMANDS, n=1, cutoff=0.75)
            if near:
                raise UsageError(f"there is no file or command {words[0]!r}; did you mean {near[0]!r}?")
        words = ["gui", *words]
    return build_parser(words[0]).parse_args(words)
