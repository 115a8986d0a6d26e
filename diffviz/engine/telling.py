"""What the words of a prompt do at a recorded state, asked of the network that made it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from diffviz.engine.denoising import denoiser_of
from diffviz.engine.states import Recorded
from diffviz.lenses import Said
from diffviz.models.attention import phrase_attention
from diffviz.models.worded import WordedNetwork
from diffviz.vocabulary import Prompt

if TYPE_CHECKING:
    from diffviz.models import Model

SILENT = "Nothing was said to this chain, so no word did anything; type words such as “{}” and press Generate."
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
        """What each phrase does there, or why that is not known."""
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
    words, prompt = model.words, model.words.read(spec.class_label or "")
    if not prompt.phrases:
        return SILENT.format(", ".join(words.phrases[:2]))
    if state.t <= 0:
        return "At t = 0 no step is taken any more; move t up."
    assert state.values is not None  # else no lens is asked
    x_t = torch.from_numpy(state.values[0, recorded.k : recorded.k + 1]).to(model.device)
    left = [prompt.phrases[:k] + prompt.phrases[k + 1 :] for k in range(len(prompt.phrases))]
    numbers = torch.tensor([words.encode(Prompt(phrases)) for phrases in (prompt.phrases, *left)])
    timestep = torch.full((1,), max(0, round(state.t) - 1), device=model.device)
    shares = phrase_attention(network, x_t.float(), timestep, numbers[:1].to(model.device))[0]
    denoise = denoiser_of(model, spec, class_label=numbers)
    x0_hat = denoise(x_t.expand(len(numbers), *x_t.shape[1:]).contiguous(), state.t).x0_hat.cpu()
    return Said(tuple(" ".join(phrase) for phrase in prompt.phrases), shares.cpu(), x0_hat[1:], x0_hat[0])
