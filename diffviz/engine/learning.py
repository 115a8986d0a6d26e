"""Learning: small networks that are trained on points, in the job thread, each in a folder that it can go on from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from diffviz.engine.denoising import make_schedule
from diffviz.engine.messages import Event, Learned, TrainRequest
from diffviz.kinds.points import Points
from diffviz.models import cores
from diffviz.train.recipe import TrainError
from diffviz.train.small import SmallRecipe, SmallTraining
from diffviz.train.small_state import begun, restored, save_training


def learn(job: TrainRequest, emit: Callable[[Event], None], stopped: Callable[[], bool]) -> str:
    """Train until the time is over or the person stops it; either way the folder is written. Its path.

    Raises:
        ValueError: if what is open are no points, or the folder holds no training of them that could go on.
        TrainError: if the weights leave the numbers.
        OSError: if the folder cannot be written.
    """
    training = _training(job)
    recipe = replace(training.recipe, seconds=job.seconds, steps=None)
    before = torch.get_num_threads()
    cores.use(1)  # a team would wait for its members longer than such small products take
    try:
        for learnt in training.run(recipe, stopped):
            emit(Learned(job.job, learnt))
    finally:
        cores.use(before)
    save_training(Path(job.folder), training, training.points.name)
    return job.folder


def _training(job: TrainRequest) -> SmallTraining:
    if not isinstance(job.datum, Points):
        raise ValueError("Only points can be learnt by a small network; open some out of Samples.")
    if job.prediction:
        recipe = SmallRecipe(job.prediction, job.seconds, seed=job.seed)
        return SmallTraining(job.datum, make_schedule(job.schedule), recipe)
    try:
        far = begun(Path(job.folder))
        return restored(Path(job.folder), job.datum, far, far.recipe)
    except TrainError as error:
        raise ValueError(f"{error.problem}. Train a new network.") from error
