"""What words do at a state: asked of the network with the chain's own settings, and why it cannot be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.testing import assert_close
from word_network import write_words

from diffviz.engine.guess import Lending
from diffviz.engine.lensing import chain_charts
from diffviz.engine.states import Recorded, State, before_last
from diffviz.engine.telling import OTHER, Telling
from diffviz.models import load_model
from diffviz.models.model import Model
from diffviz.scene import Leg, ModelSpec, Scene, ViewSpec


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load_model(write_words(tmp_path_factory.mktemp("telling") / "told"))


SPEC = ModelSpec(class_label="long red hair, blue hat")


def recorded(model: Model, spec: ModelSpec | None = SPEC, t: float = 60) -> Recorded:
    values = np.random.default_rng(0).normal(size=(3, 2, *model.sample_shape)).astype(np.float32)
    alpha_bar = float(model.schedule.alpha_bar_at(t))
    return Recorded(State(3, 10, t, values, None, 0.0, alpha_bar=alpha_bar), 1, model.schedule, spec)


def ask(model: Model | None, what: Recorded):
    lending = Lending()
    lending.model = lambda: model
    return Telling(lending.use).of(what)


def test_without_a_phrase_it_is_what_the_network_says_without_it(model: Model) -> None:
    what = recorded(model)
    said = ask(model, what)
    assert said.phrases == ("long red hair", "blue hat") and said.shares.shape == (2, 48, 48)
    x_t = torch.from_numpy(what.state.values[0, 1:2])
    for prompt, found in (
        (SPEC.class_label, said.x0_hat),
        ("blue hat", said.without[0]),
        ("long red hair", said.without[1]),
    ):
        assert_close(found[None], model.denoiser(prompt)(x_t, 60).x0_hat, rtol=1e-4, atol=1e-5)


def test_guidance_counts(model: Model) -> None:
    spec = replace(SPEC, guidance=3.0)
    said = ask(model, recorded(model, spec))
    x_t = torch.from_numpy(recorded(model).state.values[0, 1:2])
    assert_close(said.x0_hat[None], model.denoiser(SPEC.class_label, 3.0)(x_t, 60).x0_hat, rtol=1e-4, atol=1e-5)


def test_the_last_phrase_that_is_left_out_says_nothing(model: Model) -> None:
    said = ask(model, recorded(model, replace(SPEC, class_label="blue hat")))
    x_t = torch.from_numpy(recorded(model).state.values[0, 1:2])
    assert_close(said.without, model.denoiser(None)(x_t, 60).x0_hat, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("blend", [0.0, 0.25])
def test_of_two_prompts_each_ones_phrases_are_told(model: Model, blend: float) -> None:
    """The shares of a pixel add up to 1 over both, and what is left out is left out of its own prompt."""
    what = recorded(model, replace(SPEC, class_label="long red hair, blue hat | red hat", blend=blend))
    said = ask(model, what)
    assert said.phrases == ("long red hair", "blue hat", "red hat")
    assert_close(said.shares.sum(dim=0), torch.ones(48, 48), rtol=0, atol=1e-5)
    assert said.shares[2].max() == 0 if blend == 0 else said.shares[2].min() > 0
    x_t = torch.from_numpy(what.state.values[0, 1:2])
    for told, found in (
        (("long red hair, blue hat", "red hat"), said.x0_hat),
        (("blue hat", "red hat"), said.without[0]),
        (("long red hair, blue hat", ""), said.without[2]),
    ):
        alone = model.denoiser(told[0], blended_with=told[1], blend=blend)
        assert_close(found[None], alone(x_t, 60).x0_hat, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("spec", "t", "words"),
    [
        (replace(SPEC, class_label=None), 60, "Nothing was said"),
        (replace(SPEC, class_label="zebra"), 60, "Nothing was said"),
        (replace(SPEC, class_label="no blue hat"), 60, "told only what is not wanted, blue hat"),
        (SPEC, 0, "t = 0"),
        (None, 60, OTHER),
    ],
)
def test_why_there_is_nothing(model: Model, spec: ModelSpec | None, t: float, words: str) -> None:
    assert words in ask(model, recorded(model, spec, t))


def arrived(model: Model, spec: ModelSpec | None = SPEC) -> tuple[Recorded, Recorded]:
    """The last step's beginning, and the end of the chain with it at hand."""
    before = recorded(model, spec, 60)
    return before, replace(recorded(model, spec, 0), last=before)


def test_at_the_end_the_last_step_is_told(model: Model) -> None:
    before, end = arrived(model)
    said, wanted = ask(model, end), ask(model, before)
    assert said.t == 60 and said.phrases == wanted.phrases
    assert_close(said.x0_hat, wanted.x0_hat)


def test_the_last_step_is_the_one_that_arrives(model: Model) -> None:
    states = [replace(recorded(model, t=t).state, s=s) for t, s in ((60, 40), (40, 0), (0, 0))]
    assert before_last(states) is states[1]
    assert before_last([states[0], states[2]]) is None, "of a long chain not every state is recorded"


def test_a_busy_network_is_not_waited_for(model: Model) -> None:
    lending = Lending()
    lending.model = lambda: model
    with lending.lock:
        assert "what it says comes when that has ended" in Telling(lending.use).of(recorded(model))


def test_no_network_is_said(model: Model) -> None:
    assert "no model is loaded" in ask(None, recorded(model))


def test_it_is_asked_once_for_a_state(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    lending = Lending()
    lending.model = lambda: model
    telling, what = Telling(lending.use), recorded(model)
    first = telling.of(what)
    lending.model = lambda: None
    assert telling.of(what) is first and isinstance(telling.of(recorded(model)), str)


def test_a_films_charts_ask_by_the_settings_that_ran_each_stretch(model: Model) -> None:
    """A branch had other words before level 50."""
    view = ViewSpec(lens="words")
    leg = Leg(t=50, model=replace(SPEC, class_label="blue hat"))
    chart_of = chain_charts(Scene(view=view, model=SPEC, history=(leg,)), model.schedule, model)
    assert chart_of is not None
    for t, phrases in ((60, ["blue hat"]), (40, ["long red hair", "blue hat"])):
        chart = chart_of(recorded(model, t=t).state)
        assert [panel.name for panel in chart.panels] == phrases and not chart.message
    before = recorded(model, t=40).state
    at_end = chain_charts(Scene(view=view, model=SPEC), model.schedule, model, before_last=lambda: before)
    assert at_end is not None
    assert at_end(recorded(model, t=0).state).sentence.startswith("In the last step, from t = 40,")
    other = chain_charts(Scene(view=view, model=SPEC), model.schedule)
    assert other is not None and other(recorded(model).state).message  # the network is not at hand
