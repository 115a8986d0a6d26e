"""What words do at a state of a network that a text encoder tells."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from text_model import write_clip
from torch.testing import assert_close

from diffviz.engine.guess import Lending
from diffviz.engine.lensing import chain_charts
from diffviz.engine.states import Recorded, State
from diffviz.engine.telling import Telling
from diffviz.lenses import Said
from diffviz.models import load_model
from diffviz.models.attention import word_attention
from diffviz.models.model import Model
from diffviz.scene import ModelSpec, Scene, ViewSpec
from diffviz.vocabulary import MAX_PHRASES


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load_model(write_clip(tmp_path_factory.mktemp("told") / "texts"))


def recorded(model: Model, spec: ModelSpec) -> Recorded:
    values = np.random.default_rng(0).normal(size=(3, 1, *model.sample_shape)).astype(np.float32)
    state = State(3, 10, 60, values, None, 0.0, alpha_bar=float(model.schedule.alpha_bar_at(60)))
    return Recorded(state, 0, model.schedule, spec)


def ask(model: Model, what: Recorded) -> Said:
    lending = Lending()
    lending.model = lambda: model
    said = Telling(lending.use).of(what)
    assert isinstance(said, Said)
    return said


@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_each_word_has_the_shares_of_its_tokens_and_a_picture_without_it(model: Model, guidance: float) -> None:
    what = recorded(model, ModelSpec(class_label="red hat, a cat", guidance=guidance))
    said = ask(model, what)
    assert said.phrases == ("red", "hat", "a", "cat") and said.more == 0
    x_t = torch.from_numpy(what.state.values[0, :1])
    tokens = word_attention(model.network, x_t, torch.tensor([59]), model.condition("red hat, a cat"))[0]
    for share, places in zip(said.shares, ((1,), (2,), (4,), (5, 6, 7)), strict=True):
        assert_close(share, sum(tokens[k] for k in places))
    prompts = ("red hat, a cat", "hat, a cat", "red , a cat", "red hat, cat", "red hat, a")
    for prompt, found in zip(prompts, (said.x0_hat, *said.without), strict=True):
        assert_close(found[None], model.denoiser(prompt, guidance)(x_t, 60).x0_hat, rtol=1e-4, atol=1e-4)


def test_of_two_texts_each_ones_words_are_told(model: Model) -> None:
    what = recorded(model, ModelSpec(class_label="red hat | cat", blend=0.25))
    said = ask(model, what)
    assert said.phrases == ("red", "hat", "cat")
    x_t = torch.from_numpy(what.state.values[0, :1])
    for (first, second), found in ((("hat", "cat"), said.without[0]), (("red hat", ""), said.without[2])):
        alone = model.denoiser(first, blended_with=second, blend=0.25)
        assert_close(found[None], alone(x_t, 60).x0_hat, rtol=1e-4, atol=1e-4)


def test_of_many_words_the_first_are_shown_which_is_said(model: Model) -> None:
    spec = ModelSpec(class_label="red hat " * 7)
    assert len(ask(model, recorded(model, spec)).phrases) == MAX_PHRASES
    scene = Scene(view=ViewSpec(lens="words"), model=spec)
    chart_of = chain_charts(scene, model.schedule, model)
    assert chart_of is not None
    chart = chart_of(recorded(model, spec).state)
    assert len(chart.panels) == MAX_PHRASES and "of the prompt's last 2 nothing is shown" in chart.sentence
