"""The loop: steps, agreement between the processes, checkpoints when they are due. A generator of what happened."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch
from torch import Tensor

from diffviz.train import grid
from diffviz.train.checkpoint import Output
from diffviz.train.events import Ended, Progress, Saved
from diffviz.train.layout import layout
from diffviz.train.losses import RunningMean
from diffviz.train.recipe import TrainError
from diffviz.train.trainer import Trainer

CHECKPOINT_S = 120.0
SHOW_SHARE = 0.05  # of the time, for samples
GPU_LOOK_EVERY = 16  # steps; looking at a loss makes a GPU wait


class Loop:
    """One run of a training, from its checkpoint to the end or to a stop.

    Attributes:
        seconds: trained before. finished: after ``run``, whether all of it was trained.

    Args:
        stop: asked after each step, whether to end at a checkpoint.
        before: the losses of the steps until then, whose running mean goes on.
    """

    def __init__(
        self,
        trainer: Trainer,
        output: Output,
        seconds: float,
        stop: Callable[[], bool],
        before: Iterable[float] = (),
    ) -> None:
        self.trainer = trainer
        self.seconds = seconds
        self.finished = False
        self._output = output
        self._stop = stop
        self._began_s = self._saved_s = time.monotonic()
        self._main = trainer.accelerator.is_main_process
        self._pending: list[Tensor] = []
        self._agreed_s = seconds
        self._mean = RunningMean(before)
        self._last = self._rate = 0.0
        self._rate_mark = (self._began_s, trainer.steps_done)
        self._shown_s = 0.0

    def run(self) -> Iterator[Progress | Saved | Ended]:
        """Raises TrainError if the loss is no number any more, and OSError if a checkpoint cannot be written."""
        trainer = self.trainer
        stopped = False
        while not stopped and not self._finished():
            self._pending.append(trainer.step(self._share_done()))
            if not self._look_due():
                continue
            stopped = self._look()
            yield self._progress()
            if self._main and not stopped and not self._finished() and self._checkpoint_due():
                yield self._save()
        self.finished = self._finished()
        if self._main and (trainer.steps_done != self._output.saved_step or self.finished):
            yield self._save()
        if self._main:
            yield Ended(trainer.steps_done, self._now_s(), self.finished)

    def _now_s(self) -> float:
        return self.seconds + time.monotonic() - self._began_s

    def _finished(self) -> bool:
        return self._share_done() >= 1.0

    def _share_done(self) -> float:
        return self.trainer.recipe.share(self.trainer.steps_done, self._agreed_s)

    def _look_due(self) -> bool:
        every = 1 if self.trainer.accelerator.device.type == "cpu" else GPU_LOOK_EVERY
        done, recipe = self.trainer.steps_done, self.trainer.recipe
        return done % every == 0 or done == recipe.steps or (recipe.checkpoint > 0 and done % recipe.checkpoint == 0)

    def _look(self) -> bool:
        """Agree with the other processes on losses, clock and stop; True if one of them was asked to stop."""
        accelerator = self.trainer.accelerator
        clock = [self._now_s() if self._main else 0.0, float(self._stop())]
        values = torch.cat([torch.stack(self._pending).cpu().double(), torch.tensor(clock, dtype=torch.float64)])
        if accelerator.num_processes > 1:
            values = accelerator.reduce(values.to(accelerator.device, torch.float32), "sum").double().cpu()
            values[:-2] /= accelerator.num_processes
        *losses, self._agreed_s, stops = values.tolist()
        self._pending.clear()
        if not all(map(math.isfinite, losses)):
            raise self._diverged("the loss")
        self._last = losses[-1]
        for loss in losses:
            self._mean.add(loss)
        if self._main:
            lr = self.trainer.learning_rate(self._share_done())
            self._output.add_losses(losses, self.trainer.steps_done, self._agreed_s, lr)
        return stops > 0

    def _diverged(self, what: str) -> TrainError:
        saved = self._output.saved_step
        kept = "no checkpoint had been written yet" if saved is None else f"the checkpoint of step {saved} is kept"
        lr = self.trainer.recipe.lr
        return TrainError(
            f"{self._output.name}: {what} is no number any more at step {self.trainer.steps_done}; {kept}",
            f"go on with --resume and a smaller --lr, such as {lr / 4:.2g}",
            "diverged",
        )

    def _progress(self) -> Progress:
        recipe, step = self.trainer.recipe, self.trainer.steps_done
        now = time.monotonic()
        since, mark = self._rate_mark
        if now - since > 2.0 or not self._rate:
            self._rate = (step - mark) * recipe.batch / max(now - since, 1e-9)
            self._rate_mark = (now, step)
        done = self._share_done()
        left = None
        if recipe.minutes is not None:
            left = max(0.0, 60 * recipe.minutes - self._agreed_s)
        elif recipe.steps is not None and self._rate:
            left = (recipe.steps - step) * recipe.batch / self._rate
        lr = self.trainer.learning_rate(done)
        return Progress(step, recipe.steps, self._mean.value, self._last, lr, self._rate, self._now_s(), left)

    def _checkpoint_due(self) -> bool:
        if self.trainer.recipe.checkpoint:
            return self.trainer.steps_done % self.trainer.recipe.checkpoint == 0
        return time.monotonic() - self._saved_s >= CHECKPOINT_S

    def _save(self) -> Saved:
        trainer = self.trainer
        if not trainer.finite():
            raise self._diverged("a weight")
        began = time.monotonic()
        held_out, picture = self._show()
        path = self._output.save(trainer, self._now_s(), picture, held_out)
        now = time.monotonic()
        self._rate_mark = (self._rate_mark[0] + now - began, self._rate_mark[1])  # not the network's fault
        self._saved_s = now
        return Saved(trainer.steps_done, self._now_s(), held_out, None if path is None else str(path))

    def _show(self) -> tuple[float | None, np.ndarray | None]:
        """The held-out loss and a grid of samples, where there is time for them: always at the end, never on a stop."""
        began = time.monotonic()
        steps = self._affordable_steps()
        if self._stop() or not (self.finished or steps >= grid.ENOUGH_STEPS):
            return None, None
        loss = self.trainer.held_out_loss()
        picture = grid.draw_grid(self.trainer, max(grid.MIN_STEPS, min(steps, grid.STEPS)), self._stop)
        self._shown_s += time.monotonic() - began
        return loss, picture

    def _affordable_steps(self) -> int:
        """How many sampling steps of a grid fit into what is left of the share of the time that samples may take."""
        left = SHOW_SHARE * (time.monotonic() - self._began_s) - self._shown_s
        cells = layout(len(self.trainer.pictures.class_names)).cells
        # a forward pass is about a third of a training step
        step_s = cells / max(self._rate, 1e-9) / 3
        return int(left / step_s)
