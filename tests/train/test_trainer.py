"""A step, the average, the state: taken out and put back, a training goes on as if nothing had happened."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from diffviz.train.captions import Captions
from diffviz.train.pictures import read_pictures
from diffviz.train.precision import best_precision
from diffviz.train.recipe import Recipe
from diffviz.train.start import CLASS_TABLE
from diffviz.train.trainer import CLASS_RATE, FINAL_LR, Trainer
from diffviz.vocabulary import vocabulary_of

STEPS = 6


@pytest.fixture
def recipe(shapes):
    return Recipe(
        data=str(shapes), size=8, preset="tiny", batch=4, steps=STEPS, flip=True, dropout=0.1, precision="fp32"
    )


@pytest.fixture
def make(recipe):
    from accelerate import Accelerator

    pictures = read_pictures(recipe)

    def trainer(**changes):
        precision = "bf16" if changes.get("precision") == "bf16" else "no"
        return Trainer(recipe.replace(**changes), pictures, Accelerator(cpu=True, mixed_precision=precision))

    return trainer


def advance(trainer, steps):
    return [float(trainer.step((trainer.steps_done + 0.0) / STEPS)) for _ in range(steps)]


def assert_same_state(a, b):
    other = b.state()  # which copies all of it
    for name, value in a.state().items():
        assert_close(value, other[name], rtol=0, atol=0, msg=name)


def test_the_same_seed_trains_the_same(make):
    one, two = make(), make()
    losses = advance(one, 3)
    assert losses == advance(two, 3)
    assert_same_state(one, two)
    assert advance(make(seed=1), 3) != losses


@pytest.mark.parametrize("after", [0, 3])
def test_a_state_put_into_a_new_trainer_goes_on_the_same(make, after):
    """Dropout included, which draws from torch's own generator."""
    straight = make()
    losses = advance(straight, STEPS)
    first = make()
    advance(first, after)
    state = {name: value.clone() for name, value in first.state().items()}
    second = make(seed=0)
    advance(second, 1)
    torch.manual_seed(12345)
    second.restore(state, after)
    assert advance(second, STEPS - after) == losses[after:]
    assert_same_state(straight, second)


def test_a_state_of_another_network_is_refused(make):
    with pytest.raises((KeyError, RuntimeError)):
        make(width=32).restore(make().state(), 0)


def test_the_average_follows_the_weights(make):
    trainer = make(ema=0.5)
    before = [weight.clone() for weight in trainer.average.parameters()]
    advance(trainer, 1)
    # the first step's decay is the warm-up's, 1/10
    for old, weight, mean in zip(before, trainer.network.parameters(), trainer.average.parameters(), strict=True):
        assert_close(mean, old + 0.9 * (weight - old), rtol=1e-5, atol=1e-7)


def test_the_learning_rate_warms_up_and_decays(make):
    trainer = make(lr=1.0)
    trainer.steps_done = 1_000_000
    assert trainer.learning_rate(1.0) == pytest.approx(FINAL_LR)
    assert trainer.learning_rate(0.5) == pytest.approx(FINAL_LR + (1 - FINAL_LR) / 2)
    trainer.steps_done = 2
    assert trainer.learning_rate(0.0) == pytest.approx(3 / 300)
    assert trainer.learning_rate(0.05) == pytest.approx(0.5, rel=0.02)  # half of a short training's warm-up
    rates = [trainer.learning_rate(k / 100) for k in range(10, 101)]
    assert rates == sorted(rates, reverse=True)


@pytest.mark.parametrize("prediction", ["epsilon", "v", "x0"])
@pytest.mark.parametrize("schedule", ["linear", "cosine", "sigmoid"])
def test_every_prediction_and_schedule_learns(make, prediction, schedule):
    trainer = make(prediction=prediction, schedule=schedule, lr=2e-3, dropout=0.0, batch=8)
    losses = [float(trainer.step(0.1)) for _ in range(30)]
    assert sum(losses[-8:]) < 0.9 * sum(losses[:8])


def test_bf16_on_the_cpu_computes_nearly_the_same(make):
    from accelerate.state import AcceleratorState

    exact = advance(make(dropout=0.0), 4)
    AcceleratorState._reset_state(reset_partial_state=True)
    trainer = make(dropout=0.0, precision="bf16")
    rounded = advance(trainer, 4)
    assert rounded != exact  # it is in use
    assert rounded == pytest.approx(exact, rel=0.03)
    assert {weight.dtype for weight in trainer.network.parameters()} == {torch.float32}


def test_the_rows_of_the_classes_move_as_their_size_asks(make):
    trainer = make(dropout=0.0)
    before = {name: weight.detach().clone() for name, weight in trainer.network.named_parameters()}
    trainer.step(0.1)
    now = {name: weight.detach() for name, weight in trainer.network.named_parameters()}
    moved = {name: float((now[name] - before[name]).abs().max()) for name in now}
    table = moved.pop(CLASS_TABLE)
    assert table == pytest.approx(CLASS_RATE * trainer.learning_rate(0.1), rel=0.05)
    assert max(moved.values()) == pytest.approx(trainer.learning_rate(0.1), rel=0.05)


def test_the_rows_of_words_move_as_fast_as_those_of_classes(shapes):
    from accelerate import Accelerator

    texts = [
        f"{'red' if 'dot' in name else 'blue'} hat" for name in read_pictures(Recipe(data=str(shapes), size=8)).names
    ]
    vocabulary, _ = vocabulary_of(texts)
    numbers = np.array([vocabulary.encode(text) for text in texts])
    recipe = Recipe(
        data=str(shapes), captions="captions.jsonl", size=8, preset="tiny", batch=4, steps=STEPS, precision="fp32"
    )
    plain = read_pictures(recipe.replace(captions=""))
    pictures = dataclasses.replace(plain, class_names=(), captions=Captions(vocabulary, numbers, tuple(texts)))
    trainer = Trainer(recipe, pictures, Accelerator(cpu=True))
    before = {name: weight.detach().clone() for name, weight in trainer.network.named_parameters()}
    trainer.step(0.1)
    moved = {
        name: float((weight.detach() - before[name]).abs().max()) for name, weight in trainer.network.named_parameters()
    }
    rows = ("unet.encoder_hid_proj.weight", "unet.class_embedding.linear_1.weight")
    for name in rows:
        assert moved[name] == pytest.approx(CLASS_RATE * trainer.learning_rate(0.1), rel=0.05), name
    assert moved["unet.conv_in.weight"] == pytest.approx(trainer.learning_rate(0.1), rel=0.05)


@pytest.mark.parametrize(("avx512", "best"), [(True, "bf16"), (False, "fp32")])
def test_bf16_is_chosen_where_the_cpu_multiplies_it(monkeypatch, avx512, best):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx512, raising=False)
    assert best_precision("cpu") == best
    assert best_precision("mps") == "fp32"


@pytest.mark.parametrize("has", [True, False])
def test_bf16_that_a_gpu_only_emulates_is_not_chosen(monkeypatch, has):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation or has)
    assert best_precision("cuda") == ("bf16" if has else "fp32")


def test_weights_that_are_no_numbers_are_noticed(make):
    trainer = make()
    assert trainer.finite()
    with torch.no_grad():
        next(trainer.network.parameters())[0] = float("nan")
    assert not trainer.finite()
