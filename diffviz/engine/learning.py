"""Learning: small networks that are trained on points, in the job thread; the newest can be gone on with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from diffviz.engine.denoising import make_schedule
from diffviz.engine.messages import Event, Learned, TrainRequest
from diffviz.kinds.points import Points
from diffviz.models import cores
from diffviz.train.small import SmallRecipe, SmallTraining
from diffviz.train.small_state import save_training


class Learning:
    """Keeps the newest training, with its optimizer, under the folder that it writes."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._kept: tuple[str, SmallTraining] | None = None

    def run(self, job: TrainRequest, stopped: Callable[[], bool]) -> str:
        """Train until the time is over or the person stops it; either way the folder is written. Its path.

        Raises:
            ValueError: if what is open are no points, or that training can no longer be gone on with.
            OSError: if the folder cannot be written.
        """
        training = self._training(job)
        recipe = SmallRecipe(job.prediction, job.seconds, seed=job.seed)
        before = torch.get_num_threads()
        cores.use(1)  # a team would wait for its members longer than such small products take
        try:
            for learnt in training.run(recipe, stopped):
                self._emit(Learned(job.job, learnt))
        finally:
            cores.use(before)
        save_training(Path(job.folder), training, training.points.name)
        return job.folder

    def _training(self, job: TrainRequest) -> SmallTraining:
        if job.go_on:
            if self._kept is None or self._kept[0] != job.folder:
                raise ValueError("That training is no longer in memory; train a new network.")
            return self._kept[1]
        if not isinstance(job.datum, Points):
            raise ValueError("Only points can be learnt by a small network; open some out of Samples.")
        recipe = SmallRecipe(job.prediction, job.seconds, seed=job.seed)
        training = SmallTraining(job.datum, make_schedule(job.schedule), recipe)
        self._kept = job.folder, training
        return training
