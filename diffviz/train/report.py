"""What a training says while it runs: a line on a terminal, lines of JSON, or a line at each checkpoint."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from diffviz import streams
from diffviz.kinds import Kind
from diffviz.meter import Meter, duration
from diffviz.numerals import brief
from diffviz.train.events import AllRead, Began, Ended, Event, Failed, Interrupted, Progress, Reading, Saved, to_line

if TYPE_CHECKING:
    from diffviz.train.pictures import Pictures
    from diffviz.train.trainer import Trainer

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

    def reading(self, done: int, total: int) -> None:
        """``done`` of ``total`` pictures have been read."""

    def pictures(self, pictures: Pictures) -> None:
        """All have been read."""

    def began(self, trainer: Trainer, seconds: float) -> None:
        """The first step follows; ``seconds`` were trained before."""

    def show(self, event: Progress | Saved | Ended) -> None:
        """What the loop did."""

    def interrupted(self, event: Interrupted) -> None:
        """The training ended at once."""

    def failed(self, event: Failed) -> None:
        """The training ended, or never began, for this reason; its message is said elsewhere too."""


class JsonReport(Report):
    """One event a line on standard output."""

    def __init__(self) -> None:
        self._shown_s = 0.0

    def reading(self, done: int, total: int) -> None:
        if self._due() or done == total:
            self._write(Reading(done, total))

    def pictures(self, pictures: Pictures) -> None:
        self._write(AllRead(len(pictures), pictures.class_names, int(pictures.held_out.sum()), pictures.skipped))

    def began(self, trainer: Trainer, seconds: float) -> None:
        accelerator = trainer.accelerator
        self._shown_s = 0.0  # the first step is always told of
        self._write(Began(trainer.steps_done, seconds, str(accelerator.device), accelerator.num_processes))

    def show(self, event: Progress | Saved | Ended) -> None:
        if not isinstance(event, Progress) or self._due():
            self._write(event)

    def interrupted(self, event: Interrupted) -> None:
        self._write(event)

    def failed(self, event: Failed) -> None:
        self._write(event)

    def _due(self) -> bool:
        now = time.monotonic()
        if now - self._shown_s < _JSON_EVERY_S:
            return False
        self._shown_s = now
        return True

    def _write(self, event: Event) -> None:
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

    def reading(self, done: int, total: int) -> None:
        self._meter.show(self._kind.one, done, total)

    def pictures(self, pictures: Pictures) -> None:
        count = len(pictures.class_names)
        kinds = f" in {count} {'class' if count == 1 else 'classes'}" if count else ""
        held = int(pictures.held_out.sum())
        self._say(
            f"{len(pictures)} {self._kind.many}{kinds}" + (f", {held} of them held out to measure by" if held else "")
        )
        if pictures.skipped:
            self._say(f"skipped {len(pictures.skipped)}:")
            for sentence in pictures.skipped[:MAX_LISTED]:
                self._say(f"  {sentence}")
            if len(pictures.skipped) > MAX_LISTED:
                self._say(f"  and {len(pictures.skipped) - MAX_LISTED} more")

    def began(self, trainer: Trainer, seconds: float) -> None:
        million = sum(weight.numel() for weight in trainer.network.parameters()) / 1e6
        where = trainer.accelerator.device
        count = trainer.accelerator.num_processes
        where = f"{count} processes, {where}" if count > 1 else f"{where}"
        more = f", from step {trainer.steps_done}" if trainer.steps_done else ""
        self._say(f"training {million:.2f} M parameters on {where}{more}")

    def show(self, event: Progress | Saved | Ended) -> None:
        if isinstance(event, Progress):
            self._last = event
            self._meter.line(progress_text(event, self._kind))
        elif isinstance(event, Saved):
            said = progress_text(self._last, self._kind) if self._last else f"step {event.step}"
            shown = f" · {Path(event.samples).relative_to(self._folder)}" if event.samples else ""
            held = "" if event.held_out_loss is None else f" · held out {event.held_out_loss:.4f}"
            self._say(f"{said}{held} · checkpoint{shown}")
        elif event.finished:
            self._say(f"finished after {duration(event.seconds)}; open it with: diffviz --model {self._folder}")
        else:
            self._say(f"stopped at step {event.step}; go on with: diffviz train --resume -o {self._folder}")

    def interrupted(self, event: Interrupted) -> None:
        saved = event.saved_step
        kept = "nothing was written" if saved is None else f"the checkpoint of step {saved} is kept"
        self._say(f"interrupted; {kept}")

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
