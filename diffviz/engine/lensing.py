"""Has the lenses make charts: for the window, in the thread that also noises the picture, and for films."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from diffviz.chart import Chart
from diffviz.diffusion import NoiseSchedule, add_noise
from diffviz.diffusion.denoiser import Denoiser
from diffviz.engine.denoising import make_schedule
from diffviz.engine.guess import Lending
from diffviz.engine.messages import LensRequest
from diffviz.engine.noise import ForwardNoise
from diffviz.engine.states import Recorded, State
from diffviz.engine.telling import Telling
from diffviz.engine.tensors import x_0_of
from diffviz.kinds import KINDS
from diffviz.kinds.kind import Kind
from diffviz.kinds.known import Known
from diffviz.lens_catalog import lens_params, looked_at
from diffviz.lenses import LENSES, Kept, Lens, Looked, Moment
from diffviz.lenses.schedule import chart_of as schedule_chart
from diffviz.models.small import snapshot_denoiser
from diffviz.scene import Params, Scene, ViewSpec

if TYPE_CHECKING:
    from diffviz.models import Model

NOT_KEPT = "Of this chain only pictures are recorded, its numbers would not have fitted in memory; run a shorter one."
NO_POINTS = "There are no points to look at: draw some."
Terms = tuple[Tensor, Tensor, Tensor]  # x_0, ε and x_t, float32 (1, *S)


class Charts:
    """The charts of one lens, with its parameters, at one pixel."""

    def __init__(
        self,
        lens: Lens,
        params: Params,
        pixel: tuple[float, float],
        telling: Telling | None = None,
        told: Kept[Denoiser] | None = None,
    ) -> None:
        self._lens, self._params, self._pixel, self._telling = lens, dict(params), pixel, telling
        self._told: Kept[Denoiser] = told or Kept(snapshot_denoiser)  # of a small network

    @staticmethod
    def of(view: ViewSpec | None, telling: Telling | None = None, reach: float = 0.0) -> Charts | None:
        """Of the lens that is chosen; None of the schedule, whose curves films draw by themselves.

        ``reach``: that of the plane whose point is followed, in "Add noise".
        """
        if view is None or view.lens == "schedule":
            return None
        place = looked_at(view.pixel, view.point, reach)
        return Charts(LENSES[view.lens](), lens_params(view.lens_params, view.lens), place, telling)

    @torch.no_grad()
    def of_picture(
        self,
        terms: Terms,
        at: tuple[int, int, bool],
        schedule: NoiseSchedule,
        kind: str,
        guess: tuple[Tensor | None, str] = (None, ""),
    ) -> Chart:
        """The chart of x_t in "Add noise".

        ``at``: t, the seed of ε, and whether it is fresh at each step; ``guess``: see ``Moment``.
        """
        (x_0, eps, x_t), (t, seed, fresh) = terms, at
        if not x_0.numel():
            return Chart(self._lens.name, message=NO_POINTS)
        of, sample = KINDS[kind], x_0[0].numpy()  # of points the same at each t
        looked = _looked(of, (of.looked_at if of.plane else of.followed)(sample, self._pixel), sample)
        moment = Moment(schedule, t, max(t - 1, 0), x_0, eps, x_t, kind, False, looked, seed, fresh, *guess)
        return self._chart(moment, len(looked.channels))

    @torch.no_grad()
    def of_state(self, recorded: Recorded) -> Chart:
        """The chart of a recorded state in "Remove noise"."""
        state, k = recorded.state, recorded.k
        if state.values is None:
            return Chart(self._lens.name, message=NOT_KEPT)
        x_t, x_0, eps = (torch.from_numpy(each[k : k + 1]) for each in state.values)
        begun = state.values[0] if recorded.x_T is None else recorded.x_T
        x_T = begun[min(k, len(begun) - 1)]
        looked = _looked(KINDS[state.kind], KINDS[state.kind].followed(x_T, self._pixel), x_T)
        telling = self._telling
        words = None if telling is None or recorded.told is None else lambda: telling.of(recorded)
        moment = Moment(recorded.schedule, state.t, state.s, x_0, eps, x_t, state.kind, True, looked, words=words)
        return self._chart(moment, len(looked.channels))

    @torch.no_grad()
    def of_known(self, schedule: NoiseSchedule, t: float, kind: str, known: Known) -> Chart:
        """The chart of a level in "Remove noise", where what x_0 can be is known; no chain is needed."""
        none = torch.empty(1, 0)
        told = None
        if known.network is not None:
            told = self._told(known.network, schedule, known.label, known.guidance)
        moment = Moment(schedule, t, 0, none, none, none, kind, True, Looked((), "", ()), known=known, told=told)
        return self._chart(moment, known.atoms.shape[1])

    def _chart(self, moment: Moment, channels: int) -> Chart:
        """Of so many numbers of a place; only on a line that is known ways begin where it is asked for."""
        start = () if moment.known is not None and channels == 1 else ("start",)
        chart = self._lens.chart(moment, self._params)
        idle = (*chart.idle, *start, *(("channel",) if channels == 1 else ()))
        return replace(chart, idle=idle, channel=KINDS[moment.kind].channel)


def _looked(kind: Kind, found: tuple[Any, str], sample: np.ndarray) -> Looked:
    index, place = found
    return Looked(index, place, kind.channels(sample[index].size))


def chain_charts(
    scene: Scene,
    schedule: NoiseSchedule,
    model: Model | None = None,
    known: Known | None = None,
    before_last: Callable[[], State | None] = lambda: None,
    sample: int = 0,
    x_T: np.ndarray | None = None,
) -> Callable[[State], Chart] | None:
    """Makes the chart of a chain's state, of one sample; None as ``Charts.of``.

    Args:
        scene: that ran the chain, with its view.
        model: that made it, where it is at hand: a lens may ask it about its words.
        known: what x_0 can be, for a lens that shows it.
        before_last: the state that the last step was taken from, asked for at t = 0.
        x_T: what the chain began with; None: the x_t of which the first chart is wanted.
    """
    charts = Charts.of(scene.view, Telling.by(model))
    if charts is None:
        return None
    if known is not None:
        return lambda state: charts.of_known(schedule, state.t, state.kind, known)

    first = [x_T]

    def recorded(state: State) -> Recorded:
        if first[0] is None and state.values is not None:
            first[0] = state.values[0]
        before = before_last() if state.t <= 0 else None
        last = None if before is None else recorded(before)
        return Recorded(state, sample, schedule, scene.model_at(state.t), last, first[0])

    return lambda state: charts.of_state(recorded(state))


def chart_of(scene: Scene, datum: np.ndarray) -> Chart:
    """The chart of a scene of "Add noise", of the numbers that the datum's file holds."""
    view = scene.view
    for spec in scene.pinned if view.lens == "schedule" else ():
        schedule = make_schedule(scene.schedule)
        return schedule_chart(schedule, scene.t, view.curves, (make_schedule(spec), spec.label))
    terms, schedule = terms_of(scene, datum)
    place = looked_at(view.pixel, view.point, KINDS[scene.data.kind].plane)
    charts = Charts(LENSES[view.lens](), lens_params(view.lens_params, view.lens), place)
    return charts.of_picture(terms, (scene.t, scene.seed, scene.fresh), schedule, scene.data.kind)


def terms_of(scene: Scene, datum: np.ndarray) -> tuple[Terms, NoiseSchedule]:
    """x_0, ε and x_t of a scene of "Add noise", and its schedule."""
    schedule = make_schedule(scene.schedule)
    x_0 = x_0_of(KINDS[scene.data.kind], datum)
    eps = ForwardNoise(scene.seed, x_0.shape[1:], schedule if scene.fresh else None).eps(scene.t)
    return (x_0, eps, add_noise(x_0, scene.t, eps, schedule)), schedule


class Lensing:
    """One lens of each name, made when it is first asked for; see ``Lens`` for what they keep.

    Args:
        lending: has the loaded model, for the lens that asks it.
    """

    def __init__(self, lending: Lending | None = None) -> None:
        self._lenses: dict[str, Lens] = {}
        self._telling = Telling((lending or Lending()).use)
        self._told: Kept[Denoiser] = Kept(snapshot_denoiser)

    def charts(self, request: LensRequest) -> Charts:
        """Of the lens that is asked for."""
        lens = self._lenses.get(request.lens) or LENSES[request.lens]()
        self._lenses[request.lens] = lens
        return Charts(lens, request.params, request.pixel, self._telling, self._told)
