"""Training a small network on points: seconds on a CPU, watched beside the exact answer that it is to learn."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from diffviz.diffusion import Mixture, NoiseSchedule
from diffviz.diffusion.denoiser import predicts
from diffviz.evenly import evenly
from diffviz.kinds import POINTS
from diffviz.kinds.known import Snapshot
from diffviz.kinds.points import Points
from diffviz.models.small import PREDICTIONS, SmallNetwork, features, snapshot_of
from diffviz.train.objective import wanted
from diffviz.train.recipe import TrainError

COUNT = 5000  # points of a sample
EMA = 0.995
LEAST_LR = 0.02  # of the peak, at the end
LEVELS, SAMPLES = 24, 128  # of the loss that is shown: so many x_t at each of so many t
EVERY_S = 0.15  # the loss is looked at
ATOMS = 5000  # that its floor is computed of


@dataclass(frozen=True)
class SmallRecipe:
    """The choices.

    Attributes:
        prediction: what the network says: "epsilon", "v", "x0" or "flow", which is ε - x_0. Of points with mean 0 and
            deviation 1 no linear part of v follows from x_t, and of rings of Gaussians hardly any other: 3,000 steps do
            not leave that plateau.
        seconds, steps: how long, in all; one of them is None.
        width, layers: of the perceptron. batch: points a step. lr: the peak; a cosine brings it down to a fiftieth.
        drop_class: share of the points that are drawn without their class, for guidance.
        seed: of weights and of everything drawn.
    """

    prediction: str = "epsilon"
    seconds: float | None = 10.0
    steps: int | None = None
    width: int = 128
    layers: int = 3
    batch: int = 256
    lr: float = 4e-3
    drop_class: float = 0.15
    seed: int = 0

    def check(self) -> None:
        """Raise TrainError where it makes no training."""
        if self.prediction not in PREDICTIONS:
            raise TrainError(f"prediction = {self.prediction!r} is not one of {', '.join(PREDICTIONS)}.")
        if (self.steps is None) is (self.seconds is None):
            raise TrainError("say how long to train: either seconds or steps.")


@dataclass(frozen=True, eq=False)
class Learnt:
    """How far a training is.

    ``loss``, ``floor``: mean squared error in what the network predicts, a number of a point, on the same x_t: the
    network's, and that of the exact answer, below which none can come. ``at``: levels t (K,) with ``losses`` and
    ``floors`` there.
    """

    step: int
    loss: float
    floor: float
    at: np.ndarray
    losses: np.ndarray
    floors: np.ndarray
    snapshot: Snapshot


class SmallTraining:
    """One network and what it learns from; ``run`` may be called again, to go on.

    Args:
        points: what x_0 is drawn from, with its classes.
        schedule: t is drawn evenly from 1..T.
    """

    def __init__(self, points: Points, schedule: NoiseSchedule, recipe: SmallRecipe) -> None:
        recipe.check()
        if not predicts(recipe.prediction, float(schedule.alpha_bar[-1])):
            raise TrainError("ε says nothing of x_0 at t = T, where ᾱ is 0 (zero SNR); let it predict v, x_0 or flow.")
        self.points, self.schedule, self.recipe = points, schedule, recipe
        self._atoms = torch.from_numpy(points.array)
        self._labels = None if points.labels is None else torch.from_numpy(points.labels)
        self._null = len(points.class_names)
        self._draws = torch.Generator().manual_seed(recipe.seed)
        config = {
            "dimensions": points.array.shape[1],
            "points": COUNT,
            "width": recipe.width,
            "layers": recipe.layers,
            "num_class_embeds": self._null + 1 if self._null else None,
            "prediction": recipe.prediction,
        }
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(recipe.seed)
            self._network = SmallNetwork(config, schedule, POINTS.digest(points.array))
        self.network = copy.deepcopy(self._network).requires_grad_(False)  # of averaged weights
        self._adam = _Adam(list(self._network.parameters()))
        self._levels = features(schedule.alpha_bar)
        self._a = torch.from_numpy(np.sqrt(schedule.alpha_bar)).to(torch.float32)[:, None]
        self._b = torch.from_numpy(np.sqrt(1 - schedule.alpha_bar)).to(torch.float32)[:, None]
        self.step, self.seconds = 0, 0.0
        self._check = _Check(self)

    def state(self) -> dict[str, Tensor]:
        """All that it takes to go on as if it had never been left, but for step and seconds."""
        parts = {"network": self._network, "average": self.network}
        weights = {f"{name}.{key}": w for name, part in parts.items() for key, w in part.state_dict().items()}
        return {**weights, **self._adam.state(), "draws": self._draws.get_state()}

    def restore(self, state: dict[str, Tensor], step: int, seconds: float) -> None:
        """Be where ``state`` was taken. Raises KeyError and RuntimeError where it is of another network."""
        for name, part in (("network", self._network), ("average", self.network)):
            part.load_state_dict({key: state[f"{name}.{key}"] for key in part.state_dict()})
        self._adam.restore(state, step)
        self._draws.set_state(state["draws"])
        self.step, self.seconds = step, seconds

    def run(
        self,
        recipe: SmallRecipe | None = None,
        stopped: Callable[[], bool] = lambda: False,
        in_all: bool = False,
    ) -> Iterator[Learnt]:
        """Train for as long as the recipe says, from here on; says how far it is, first and last too.

        ``in_all``: what was trained before counts.

        Raises:
            TrainError: if the weights leave the numbers.
        """
        recipe = recipe or self.recipe
        began, first = time.monotonic(), self.seconds
        at, before = (0, first) if in_all else (self.step, 0.0)
        shown_s, share = 0.0, 0.0
        if in_all:
            share = self.step / recipe.steps if recipe.steps else first / (recipe.seconds or 1)
        yield self._look()
        while share < 1 and not stopped():
            self._update(recipe, share)
            elapsed = time.monotonic() - began
            self.seconds = first + elapsed
            done = (self.step - at) / recipe.steps if recipe.steps else (before + elapsed) / (recipe.seconds or 1)
            share = min(1.0, done)
            if elapsed - shown_s >= EVERY_S or share >= 1:
                look, left = self._look(), time.monotonic()
                yield look
                began += time.monotonic() - left  # whoever looks may have stopped in between
                shown_s = time.monotonic() - began
        if share < 1:
            yield self._look()

    def _update(self, recipe: SmallRecipe, share: float) -> None:
        """One step on fresh points, levels and noise."""
        rate = recipe.lr * (LEAST_LR + (1 - LEAST_LR) * 0.5 * (1 + math.cos(math.pi * share)))
        which = torch.randint(len(self._atoms), (recipe.batch,), generator=self._draws)
        t = torch.randint(1, self.schedule.T + 1, (recipe.batch,), generator=self._draws)
        x_0 = self._atoms[which]
        eps = torch.randn(x_0.shape, generator=self._draws)
        labels = None
        if self._labels is not None:
            dropped = torch.rand(recipe.batch, generator=self._draws) < recipe.drop_class
            labels = torch.where(dropped, self._null, self._labels[which])
        a, b = self._a[t], self._b[t]
        output = self._network.at(a * x_0 + b * eps, self._levels[t], labels)
        loss = (output - wanted(x_0, eps, a, b, recipe.prediction)).square().mean()
        grads = torch.autograd.grad(loss, self._adam.weights)
        with torch.no_grad():
            self._adam.step(grads, rate)
            self.step += 1
            kept = min(EMA, self.step / (self.step + 10))
            torch._foreach_lerp_(list(self.network.parameters()), list(self._network.parameters()), 1 - kept)

    @torch.no_grad()
    def _look(self) -> Learnt:
        losses = self._check.losses(self.network)
        if not np.isfinite(losses).all():
            raise TrainError("the training has diverged: its numbers are no longer finite.", reason="diverged")
        at, floors = self._check.at, self._check.floors
        loss, floor = float(losses.mean()), float(floors.mean())
        return Learnt(self.step, loss, floor, at, losses, floors, snapshot_of(self.network))


class _Adam:
    """Adam (Kingma & Ba 2015, algorithm 1). torch's own brings its compiler along, whose import takes seconds."""

    BETAS, EPS = (0.9, 0.999), 1e-8

    def __init__(self, weights: list[Tensor]) -> None:
        self.weights = weights
        self._means, self._squares = ([torch.zeros_like(weight) for weight in weights] for _ in range(2))
        self._count = 0

    def state(self) -> dict[str, Tensor]:
        parts = {"mean": self._means, "square": self._squares}
        return {f"{name}.{k}": each for name, part in parts.items() for k, each in enumerate(part)}

    def restore(self, state: dict[str, Tensor], count: int) -> None:
        """After so many steps."""
        for name, part in (("mean", self._means), ("square", self._squares)):
            for k, each in enumerate(part):
                each.copy_(state[f"{name}.{k}"])
        self._count = count

    def step(self, grads: Sequence[Tensor], rate: float) -> None:
        """Change the weights, under ``no_grad``."""
        self._count += 1
        first, second = self.BETAS
        torch._foreach_lerp_(self._means, list(grads), 1 - first)
        torch._foreach_mul_(self._squares, second)
        torch._foreach_addcmul_(self._squares, list(grads), list(grads), 1 - second)
        roots = torch._foreach_sqrt(self._squares)
        torch._foreach_div_(roots, (1 - second**self._count) ** 0.5)
        torch._foreach_add_(roots, self.EPS)
        torch._foreach_addcdiv_(self.weights, self._means, roots, -rate / (1 - first**self._count))


class _Check:
    """The same x_t every time, and how well the exact answer does on them, with the classes that the network is told.

    Of a large cloud ``ATOMS``, evenly: of these the floor is exact.
    """

    def __init__(self, training: SmallTraining) -> None:
        points, schedule = training.points, training.schedule
        generator = torch.Generator().manual_seed(training.recipe.seed + 1)
        count = len(points.array)
        picked = torch.from_numpy(evenly(count, min(ATOMS, count)))
        atoms = torch.from_numpy(points.array)[picked]
        labels = None if points.labels is None else torch.from_numpy(points.labels)[picked]
        mixture = Mixture(atoms, labels)
        self.at = np.unique(np.linspace(1, schedule.T, LEVELS).round()).astype(int)
        self._prediction, parts, tells, floors = training.recipe.prediction, [], [], []
        for t in self.at.tolist():
            which = torch.randint(len(atoms), (SAMPLES,), generator=generator)
            x_0, eps = atoms[which], torch.randn((SAMPLES, atoms.shape[1]), generator=generator)
            alpha_bar = float(schedule.alpha_bar[t])
            a, b = torch.tensor(alpha_bar**0.5), torch.tensor((1 - alpha_bar) ** 0.5)
            x_t, told = a * x_0 + b * eps, None if labels is None else labels[which]
            right = wanted(x_0, eps, a, b, self._prediction)
            mean = mixture.mean(x_t, alpha_bar, -1 if told is None else told)
            exact = wanted(mean, (x_t - a * mean) / b, a, b, self._prediction)
            floors.append(float((exact - right).square().mean()))
            parts.append((x_t, features(np.array([alpha_bar])).expand(SAMPLES, -1), right))
            tells += [] if told is None else [told]
        self.floors = np.array(floors)
        self._x_t, self._levels, self._right = (torch.cat([part[k] for part in parts]) for k in (0, 1, 2))
        self._told = torch.cat(tells) if tells else None

    def losses(self, network: SmallNetwork) -> np.ndarray:
        """Of each level, float64 (K,)."""
        errors = (network.at(self._x_t, self._levels, self._told) - self._right).square().mean(1)
        return errors.view(len(self.at), SAMPLES).mean(1).double().numpy()
