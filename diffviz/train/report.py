"""What a training says while it runs: a line on a terminal, lines of JSON, or a line at each checkpoint."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import TracebackType

from diffviz import streams
from diffviz.kinds import Kind
from diffviz.meter import Meter, duration
from diffviz.numerals import brief
from diffviz.train.events import AllRead, Began, Ended, Event, Interrupted, Progress, Reading, Saved, to_line

_JSON_EVERY_S = 0.25
MAX_LISTED = 20


class Report:
    """Says nothing: what the processes beside the first one use.

    Attributes:
        deserted: the reader of standard output has gone, so the training should end at a checkpoint.
    """

    deserted = False

    def _print(self, text: str) -> None:
        try:
            print(text, flush=True)
        except OSError:  # a pipe without a reader is EPIPE, and EINVAL on Windows
            self.deserted = True
            streams.give_up(sys.stdout)

    def __enter__(self) -> Report:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        pass

    def show(self, event: Event) -> None:
        """What has happened."""


class JsonReport(Report):
    """One event a line on standard output."""

    def __init__(self) -> None:
        self._shown_s = 0.0

    def show(self, event: Event) -> None:
        if isinstance(event, Reading | Progress):
            now, last = time.monotonic(), isinstance(event, Reading) and event.done == event.total
            if now - self._shown_s < _JSON_EVERY_S and not last:
                return
            self._shown_s = now
        elif isinstance(event, Began):
            self._shown_s = 0.0  # the first step is always told of
        self._print(to_line(event))


class TextReport(Report):
    """On a terminal one line that is written over; elsewhere a line at each checkpoint, on standard output."""

    def __init__(self, folder: Path, kind: Kind) -> None:
        self._folder, self._kind = folder, kind
        self._meter = Meter()
        self._terminal = sys.stderr.isatty()
        self._last: Progress | None = None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._meter.__exit__(kind, error, tb)

    def show(self, event: Event) -> None:
        if isinstance(event, Reading):
            self._meter.show(self._kind.one, event.done, event.total)
        elif isinstance(event, AllRead):
            self._say_read(event)
        elif isinstance(event, Began):
            where = f"{event.processes} processes, {event.device}" if event.processes > 1 else event.device
            more = f", from step {event.step}" if event.step else ""
            self._say(f"training {event.parameters / 1e6:.2f} M parameters on {where}{more}")
        elif isinstance(event, Progress):
            self._last = event
            self._meter.line(progress_text(event, self._kind))
        elif isinstance(event, Saved):
            said = progress_text(self._last, self._kind) if self._last else f"step {event.step}"
            shown = f" · {Path(event.samples).relative_to(self._folder)}" if event.samples else ""
            held = "" if event.held_out_loss is None else f" · held out {event.held_out_loss:.4f}"
            self._say(f"{said}{held} · checkpoint{shown}")
        elif isinstance(event, Ended) and event.finished:
            self._say(f"finished after {duration(event.seconds)}; open it with: diffviz --model {self._folder}")
        elif isinstance(event, Ended):
            self._say(f"stopped at step {event.step}; go on with: diffviz train --resume -o {self._folder}")
        elif isinstance(event, Interrupted):
            saved = event.saved_step
            kept = "nothing was written" if saved is None else f"the checkpoint of step {saved} is kept"
            self._say(f"interrupted; {kept}")

    def _say_read(self, event: AllRead) -> None:
        count = len(event.classes)
        kinds = f" in {count} {'class' if count == 1 else 'classes'}" if count else ""
        held = f", {event.held_out} of them held out to measure by" if event.held_out else ""
        self._say(f"{event.count} {self._kind.many}{kinds}{held}")
        if event.skipped:
            self._say(f"skipped {len(event.skipped)}:")
            for sentence in event.skipped[:MAX_LISTED]:
                self._say(f"  {sentence}")
            if len(event.skipped) > MAX_LISTED:
                self._say(f"  and {len(event.skipped) - MAX_LISTED} more")

    def _say(self, text: str) -> None:
        if self._terminal:
            self._meter.note(text)
        else:
            self._print(text)


def progress_text(progress: Progress, kind: Kind) -> str:
    """ "step 1200/5000 · loss 0.0912 · 71 pictures/s · 12 min left" """
    total = f"/{progress.steps}" if progress.steps else ""
    left = "" if progress.left_s is None else f" · {duration(progress.left_s)} left"
    rate = f"{brief(progress.pictures_per_s, 3)} {kind.many}/s"
    return f"step {progress.step}{total} · loss {progress.loss:.4f} · {rate}{left}"
