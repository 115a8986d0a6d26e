"""Mistake lab: one mistake at a time in a chain, beside the right one from the same x_T and the same z."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Generator, Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from diffviz.diffusion import NoiseSchedule, Prediction
from diffviz.diffusion.denoiser import PLAIN, Limits, clip_dynamic, clip_static, to_x0_eps
from diffviz.engine.denoising import denoiser_of
from diffviz.engine.experiments.runs import cells_at, columns_of, ddpm_run, nearest_states
from diffviz.engine.experiments.walks import shown, step_noise
from diffviz.engine.experiments.workbench import Reel, Workbench
from diffviz.engine.noise import ChainNoise
from diffviz.sheet import Cell, Curve, Done, Head, Outline, Part, Plot, Remark

Coefficients = tuple[float, float, float]
NO_Z = "η = 0 has no z, so nothing is wrong: the ε̂ put back is all the noise that x_s needs."
SEEN = 0.1  # a distance that a curve is drawn for
PREDICTED = {"v": "v", "x0": "x_0"}


class Right:
    """The chain as it should be: DDPM at η = 1, DDIM at η = 0 (Song et al. 2021, eq. 12), from level t down to s:

    x_s = c_0 x̂_0 + c_t x_t + σ z,  c_t = √(1-ᾱ_s-σ²)/√(1-ᾱ_t),  c_0 = √ᾱ_s - c_t √ᾱ_t,  σ = η √β̃

    At η = 1 that is the posterior q(x_s | x_t, x̂_0). x̂_0 is clipped as the network's own scheduler clips it.

    A mistake is a subclass that does one of its parts otherwise. ``name``: in the parameter; ``label``: of its row;
    ``wrong``: what goes wrong, in one sentence.
    """

    name, label, wrong = "right", "right", "x_s = c_0 x̂_0 + c_t x_t + σ z"
    unit = 1.0, 0.0  # what is shown is a x + b

    def __init__(
        self,
        schedule: NoiseSchedule,
        prediction: str,
        clip: str | None = None,
        limits: Limits = PLAIN,
        eta: float = 1.0,
    ) -> None:
        self.schedule, self.prediction, self._eta = schedule, prediction, eta
        self._clip, self._limits = clip, limits
        self._describe()

    def _describe(self) -> None:
        """Words that depend on the network and on η."""

    def start(self, noise: Tensor) -> Tensor:
        """x_T of unit Gaussian noise."""
        return noise

    def told(self, t: float, s: float) -> float:
        """Which level the network is told at t, from where the chain goes to s."""
        return t

    def x0_hat(self, said: Prediction, x_t: Tensor, t: float) -> Tensor:
        """x̂_0 of what the network said, unclipped; ``said`` belongs together at the level that it was told."""
        return said.x0_hat

    def clipped(self, x0_hat: Tensor) -> Tensor:
        if self._clip is None:
            return x0_hat
        return (clip_static if self._clip == "static" else clip_dynamic)(x0_hat, self._limits)

    def coefficients(self, t: float, s: float) -> Coefficients:
        """Those of x̂_0, x_t and z."""
        (a_t, b_t), (a_s, b_s) = self.ends(t), self.ends(s)
        sigma = self._eta * b_s / b_t * math.sqrt(b_t**2 - (a_t / a_s * b_s) ** 2)
        c_t = math.sqrt(b_s**2 - sigma**2) / b_t
        return a_s - c_t * a_t, c_t, sigma

    def ends(self, t: float) -> tuple[float, float]:
        """What x_t is made of: √ᾱ of the picture and √(1-ᾱ) of noise, as the program has them."""
        alpha_bar = self.schedule.alpha_bar_at(t)
        return math.sqrt(alpha_bar), math.sqrt(1.0 - alpha_bar)

    def _from_eps(self, said: Prediction, x_t: Tensor, t: float) -> Tensor:
        a, b = self.ends(t)
        return (x_t - b * said.eps_hat) / max(a, 1e-6)  # ᾱ may be 0 at T: then anything, which clipping bounds


class NoZ(Right):
    name, label, wrong = "no z", "no z", "x_t soon has less noise than the network is told of: flat and without detail."

    def _describe(self) -> None:
        if self._eta == 0:
            self.wrong = NO_Z
        elif self._eta < 1:
            self.wrong = f"Of the noise that ε̂ leaves out for η = {self._eta:g}, none comes back: x_t has too little."

    def coefficients(self, t: float, s: float) -> Coefficients:
        return *super().coefficients(t, s)[:2], 0.0


class TwiceZ(Right):
    name, label, wrong = "z twice", "z twice", "More noise comes in than the network takes x_t to hold: grain stays."

    def _describe(self) -> None:
        if self._eta == 0:
            self.wrong = NO_Z

    def coefficients(self, t: float, s: float) -> Coefficients:
        c_0, c_t, sigma = super().coefficients(t, s)
        return c_0, c_t, 2.0 * sigma


class Exploding(Right):
    """x_t = x_{t-1} + √β z, so that x_t = x_0 + √(Σβ) ε: the variance explodes."""

    name, label = "without √(1−β)", "without √(1−β)"
    wrong = "The variance of x_t grows to 1 + Σβ: states that the network never saw."
    x0_hat = Right._from_eps

    def _sum(self, t: float) -> float:
        sums = np.cumsum(self.schedule.beta)
        return float(np.interp(t, np.arange(len(sums)), sums))

    def start(self, noise: Tensor) -> Tensor:
        return noise * math.sqrt(1.0 + self._sum(self.schedule.T))

    def ends(self, t: float) -> tuple[float, float]:
        return 1.0, math.sqrt(self._sum(t))


class AlphaForBar(Right):
    name, label = "α for ᾱ", "α for ᾱ"
    wrong = "x̂_0 = (x_t − √(1−α) ε̂)/√α takes out the noise of one step alone."

    def x0_hat(self, said: Prediction, x_t: Tensor, t: float) -> Tensor:
        alpha = float(self.schedule.alpha[round(t)])
        return (x_t - math.sqrt(1.0 - alpha) * said.eps_hat) / math.sqrt(alpha)


class OffByOne(Right):
    name, label = "t off by one", "t off by one step"
    wrong = "The network is told the next step's lower t: it takes x_t for cleaner than it is, leaves grain."
    x0_hat = Right._from_eps

    def told(self, t: float, s: float) -> float:
        return max(s, 1)


class OtherOutput(Right):
    """What the network returns, read as something else."""

    name, label = "ε taken for v", "ε taken for v"
    wrong = "√ᾱ x_t − √(1−ᾱ) ε̂ is no x̂_0, but where ᾱ is near 1."

    def _describe(self) -> None:
        if self.prediction == "v":
            self.label, self.wrong = (
                "v taken for ε",
                "(x_t − √(1−ᾱ) v)/√ᾱ is no x̂_0: colours and contrast go astray.",
            )
        if self.prediction == "x0":
            self.label, self.wrong = "x_0 taken for ε", "(x_t − √(1−ᾱ) x̂_0)/√ᾱ takes the picture out and leaves noise."

    def x0_hat(self, said: Prediction, x_t: Tensor, t: float) -> Tensor:
        a, b = self.ends(t)
        output = {"epsilon": said.eps_hat, "v": a * said.eps_hat - b * said.x0_hat, "x0": said.x0_hat}[self.prediction]
        if self.prediction == "epsilon":
            return to_x0_eps(output, x_t, a**2, "v")[0]
        return self._from_eps(Prediction(x_t, output), x_t, t)


class Unclipped(Right):
    name, label = "no clipping", "no clipping"
    wrong = "Where the network predicts ε, a small error at high t is a large one of x̂_0."

    def _describe(self) -> None:
        if self.prediction != "epsilon":
            self.wrong = (
                f"x̂_0 may leave [−1, 1]: harmless here, for the network predicts {PREDICTED[self.prediction]}, not ε."
            )

    def clipped(self, x0_hat: Tensor) -> Tensor:
        return x0_hat


class UnitRange(Right):
    name, label = "[0, 1]", "[0, 1] for [−1, 1]"
    wrong = "x̂_0 is clipped to [0, 1] and shown so: what is darker than mid-grey is lost."
    unit = 2.0, -1.0

    def clipped(self, x0_hat: Tensor) -> Tensor:
        return x0_hat.clamp(0.0, 1.0)


class SmallStart(Right):
    name, label = "x_T × 0.9", "x_T of deviation 0.9"
    wrong = "Too little noise is read as a flat picture; the fresh z of each step makes up for it."

    def _describe(self) -> None:
        if self._eta == 0:
            self.wrong = "Too little noise is read as a flat picture; η = 0 has no z that makes up for it."
        elif self._eta < 1:
            self.wrong = f"Too little noise is read as a flat picture; at η = {self._eta:g} z makes up for some of it."

    def start(self, noise: Tensor) -> Tensor:
        return 0.9 * noise


class UnscaledT(Right):
    """T/5 levels with the β of T levels: every fifth factor of ᾱ is left, so that it is the fifth root."""

    name, label = "T/5, same β", "T/5 with the same β"
    wrong = "ᾱ is only its fifth root: x_T should still hold a picture, and is noise."
    x0_hat = Right._from_eps

    def ends(self, t: float) -> tuple[float, float]:
        alpha_bar = self.schedule.alpha_bar_at(t) ** 0.2
        return math.sqrt(alpha_bar), math.sqrt(1.0 - alpha_bar)


MISTAKES: dict[str, type[Right]] = {
    each.name: each
    for each in (
        NoZ, TwiceZ, Exploding, AlphaForBar, OffByOne, OtherOutput, Unclipped, UnitRange, SmallStart, UnscaledT
    )
}  # fmt: skip


@dataclasses.dataclass
class Walked:
    """A row that was computed: of each state its deviation; ``x``: the states themselves, as shown."""

    deviation: list[float] = dataclasses.field(default_factory=list)
    x: list[Tensor] = dataclasses.field(default_factory=list)


@torch.no_grad()
def mistakes(bench: Workbench) -> Generator[Part, None, None]:
    """Rows are the right chain and the mistakes, columns t."""
    run, levels = ddpm_run(bench, bench.scene.sampler.steps)
    chosen = str(bench.param("mistake"))
    kinds: list[type[Right]] = [Right, *(kind for name, kind in MISTAKES.items() if chosen in ("all", name))]
    eta = float(bench.param("fresh"))
    model, clip = bench.model, bench.scene.model.clip
    own = {"own": model.clip, "none": None}.get(clip, clip)
    limits = model.limits if own else PLAIN
    programs = [kind(model.schedule, model.prediction, own, limits, eta) for kind in kinds]
    columns = columns_of(bench, [run])
    yield Outline("Mistake lab", tuple(Head(each.label, each.wrong) for each in programs), columns, ((0, 7), (1, 7)))
    same = "with the same z" if eta else "without z"
    yield Remark(
        f"{bench.asked}: {_starts(programs)}, η = {eta:g}, {same}; one mistake a row.",
        f"RMS: from the right end, in the range −1..1. Curves within {SEEN:g} of the right one are not drawn.",
    )
    nearest = nearest_states(bench, run)
    right = Walked()
    found: list[tuple[str, Walked]] = []
    for row, program in enumerate(programs):
        way = Walked()
        found.append((program.label, way))
        reel = Reel(row, levels)
        for i, (x, x0_hat) in enumerate(walk(bench, program, levels)):
            a, b = program.unit
            pictures = shown(bench, a * x + b)[0], shown(bench, a * x0_hat + b)[0]
            way.x.append((a * x + b).cpu())
            way.deviation.append(float(x.std(correction=0)))
            reel.add(i, *pictures)
            for column, note in cells_at(nearest, columns, i, levels[i]):
                last = row and i == len(levels) - 1
                said = f"RMS {bench.rms(way.x[-1], right.x[-1]):.2f}" if last else note
                yield Cell(row, column, pictures[0], said, x0_hat=pictures[1])
            yield Done(row * len(levels) + i + 1, len(programs) * len(levels))
        yield reel.film()
        right = right if row else way
        yield from _plots(bench, levels, found)


def _starts(programs: Sequence[Right]) -> str:
    """Where the rows begin: two of the mistakes scale x_T."""
    one = torch.ones(1)
    scaled = [(each.label, float(each.start(one))) for each in programs if float(each.start(one)) != 1]
    said = " and ".join(f"“{label}” from {factor:.3g} times it" for label, factor in scaled)
    return "all from the same x_T" + (f" ({said})" if said else "")


def walk(bench: Workbench, program: Right, levels: list[float]) -> Generator[tuple[Tensor, Tensor], None, None]:
    """x and the clipped x̂_0 of each state, (1, C, H, W); at the end x twice."""
    scene, model, noise = bench.scene, bench.model, step_noise(bench)
    x = program.start(ChainNoise(scene.seed, 1).start(model.sample_shape)).to(model.device)
    denoiser = denoiser_of(model, scene.model, clip=None)
    for t, s in pairwise(levels):
        x0_hat = program.clipped(program.x0_hat(denoiser(x, program.told(t, s)), x, t))
        yield x, x0_hat
        c_0, c_t, sigma = program.coefficients(t, s)
        x = c_0 * x0_hat + c_t * x
        if s > 0:  # drawn where it is not added either, so that all rows have the same
            z = noise.randn_like(x)
            x = x + sigma * z
    yield x, x


def _plots(bench: Workbench, levels: list[float], found: list[tuple[str, Walked]]) -> Generator[Plot, None, None]:
    """Of the mistakes those alone that are seen there: the others lie on the right curve."""
    t = tuple(map(float, levels))
    (name, right), *others = found
    spread = [Curve(name, t, tuple(right.deviation))]
    gaps = []
    hue = 1
    for label, way in others:
        gap = tuple(map(bench.rms, way.x, right.x))
        seen = np.abs(np.subtract(way.deviation, right.deviation)).max() > SEEN, max(gap) > SEEN
        spread += [Curve(label, t, tuple(way.deviation), hue=hue)] if seen[0] else []
        gaps += [Curve(label, t, gap, hue=hue)] if seen[1] else []
        hue += any(seen)
    yield Plot("Deviation of x_t", "t", "deviation of all pixels", tuple(spread))
    yield Plot("Distance from the right x_t", "t", "RMS", tuple(gaps))
