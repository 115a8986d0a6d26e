"""What the words of a prompt do at a recorded state, asked of the network that made it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

from diffviz.engine.denoising import denoiser_of, unwanted
from diffviz.engine.states import Recorded
from diffviz.lenses import Said
from diffviz.models.attention import word_attention
from diffviz.models.worded import WordedNetwork
from diffviz.vocabulary import MAX_PHRASES, sides

if TYPE_CHECKING:
    from diffviz.models import Model

SILENT = "Nothing was said to this chain, so no word did anything; type words such as “{}” and press Generate."
ONLY_AWAY = "This chain was told only what is not wanted, {}: no phrase leads to anything, guidance leads away from it."
OTHER = "The network that made this chain is no longer loaded; choose it again."


class Telling:
    """Keeps the newest answer, which costs a pass of the network for each phrase.

    Args:
        use: has the network work, or says why it cannot.
    """

    def __init__(self, use: Callable[[Callable[[Model], Said | str]], Said | str]) -> None:
        self._use = use
        self._newest: tuple[Recorded, Said] | None = None

    @staticmethod
    def by(model: Model | None) -> Telling | None:
        """Of a model that is at hand; None of one that is told no words."""
        return None if model is None or model.words is None else Telling(lambda work: work(model))

    def of(self, recorded: Recorded) -> Said | str:
        """What each phrase does there, or why that is not known; of two prompts that are blended each one's.

        At t = 0, where no step is taken any more, what it did in the last one.
        """
        if recorded.state.t <= 0 and recorded.last is not None:
            recorded = recorded.last
        newest = self._newest
        if newest is not None and newest[0].state is recorded.state and newest[0].k == recorded.k:
            return newest[1]
        found = self._use(lambda model: _said(model, recorded))
        if not isinstance(found, str):
            self._newest = recorded, found
        return found


@torch.no_grad()
def _said(model: Model, recorded: Recorded) -> Said | str:
    state, spec, network = recorded.state, recorded.told, model.network
    if spec is None or model.words is None or not isinstance(network, WordedNetwork):
        return OTHER
    words = model.words
    told = sides(spec.class_label)
    phrases = [words.read(side).phrases for side in told]
    shown = [(s, k) for s, said in enumerate(phrases) for k in range(min(len(said), MAX_PHRASES))]
    if not shown:
        away = unwanted(model, spec)
        return ONLY_AWAY.format(away) if away else SILENT.format(words.such_as(2))
    if state.t <= 0:
        return "At t = 0 no step is taken any more; move t up."
    assert state.values is not None  # else no lens is asked
    x_t = torch.from_numpy(state.values[0, recorded.k : recorded.k + 1]).to(model.device)
    whole = [model.condition(side) for side in told]
    left = [[*whole[:s], model.condition(words.without(told[s], k)), *whole[s + 1 :]] for s, k in shown]
    first, *second = (torch.cat(each) for each in zip(whole, *left, strict=True))
    blended: dict[str, Any] = {"blended_with": second[0], "blend": spec.blend} if second else {}
    x0_hat = denoiser_of(model, spec, class_label=first, **blended)(
        x_t.expand(len(first), *x_t.shape[1:]).contiguous(), state.t
    ).x0_hat.cpu()
    timestep = torch.full((len(whole),), max(0, round(state.t) - 1), device=model.device)
    looks = word_attention(network, x_t.float().expand(len(whole), *x_t.shape[1:]), timestep, torch.cat(whole))
    weights = (1 - spec.blend, spec.blend) if second else (1,)
    places = [words.places(side) for side in told]
    shares = torch.stack([weights[s] * looks[s, list(places[s][k])].sum(dim=0) for s, k in shown])
    names = tuple(" ".join(phrases[s][k]) for s, k in shown)
    return Said(names, shares.cpu(), x0_hat[1:], x0_hat[0], state.t, sum(map(len, phrases)) - len(shown))
