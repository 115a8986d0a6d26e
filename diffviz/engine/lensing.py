"""Lensing: has the lenses make charts, in the thread that also noises the picture under the slider."""

from __future__ import annotations

import torch
from torch import Tensor

from diffviz.chart import Chart
from diffviz.diffusion import NoiseSchedule
from diffviz.engine.messages import Lensed, LensRequest, NoisedRequest
from diffviz.engine.states import Recorded
from diffviz.kinds import KINDS
from diffviz.lenses import LENSES, Lens, Looked, Moment

NOT_KEPT = "Of this chain only pictures are recorded, its numbers would not have fitted in memory; run a shorter one."


class Lensing:
    """One lens of each name, made when it is first asked for; see ``Lens`` for what they keep."""

    def __init__(self) -> None:
        self._lenses: dict[str, Lens] = {}

    @torch.no_grad()
    def of_picture(
        self, request: LensRequest, noised: NoisedRequest, terms: tuple[Tensor, Tensor, Tensor], schedule: NoiseSchedule
    ) -> Lensed:
        """The chart of x_t in "Add noise"; ``terms``: x_0, ε and x_t, float32 (1, *S)."""
        x_0, eps, x_t = terms
        looked = _looked_at(noised.kind, x_t, request.pixel, noised.eps_range)
        levels = noised.t, max(noised.t - 1, 0)
        moment = Moment(schedule, *levels, x_0, eps, x_t, noised.kind, False, looked, noised.seed, noised.fresh)
        return Lensed(request, self._chart(request, moment))

    @torch.no_grad()
    def of_state(self, request: LensRequest, recorded: Recorded) -> Lensed:
        """The chart of a recorded state in "Remove noise"."""
        state, k = recorded.state, recorded.k
        if state.values is None:
            return Lensed(request, Chart(request.lens, message=NOT_KEPT))
        x_t, x_0, eps = (torch.from_numpy(each[k : k + 1]) for each in state.values)
        looked = _looked_at(state.kind, x_t, request.pixel)
        moment = Moment(recorded.schedule, state.t, state.s, x_0, eps, x_t, state.kind, True, looked)
        return Lensed(request, self._chart(request, moment))

    def _chart(self, request: LensRequest, moment: Moment) -> Chart:
        lens = self._lenses.get(request.lens) or LENSES[request.lens]()
        self._lenses[request.lens] = lens
        return lens.chart(moment, dict(request.params))


def _looked_at(name: str, x_t: Tensor, pixel: tuple[float, float], value_range: float = 1.0) -> Looked:
    kind, sample = KINDS[name], x_t[0].numpy()
    index, place = kind.looked_at(sample, pixel, value_range)
    return Looked(index, place, kind.channels(sample[index].size))
