"""The recipe: networks of the presets, what does not divide, and what a file gives back."""

from __future__ import annotations

import json

import pytest
import torch

from diffviz.models.network import new_network
from diffviz.train.card import command_line
from diffviz.train.recipe import PRESETS, Recipe, TrainError, read_recipe, write_recipe


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("classes", [0, 3])
def test_presets_are_networks_that_keep_the_size(preset, classes):
    recipe = Recipe(preset=preset, size=2 * PRESETS[preset].divisor, steps=1)
    recipe.check()
    with torch.device("meta"):
        network = new_network(recipe.network_config(classes))
        x = torch.empty(2, 3, recipe.size, recipe.size)
        label = torch.zeros(2, dtype=torch.long) if classes else None
        assert network(x, torch.zeros(2, dtype=torch.long), label).sample.shape == x.shape
    if classes:
        assert network.class_embedding.num_embeddings == classes + 1


def parameters(recipe, classes):
    with torch.device("meta"):
        return sum(weight.numel() for weight in new_network(recipe.network_config(classes)).parameters())


def test_sizes_of_the_presets():
    """The tiny one is under 1 MB in fp32; small is the shipped smileys' network; base ships as fp16 under 40 MB."""
    assert parameters(Recipe(preset="tiny", size=8), 3) * 4 < 1e6
    assert parameters(Recipe(preset="small"), 15) == 4_530_019
    assert parameters(Recipe(preset="base"), 30) * 2 < 40e6


def test_width_and_layers_change_the_network():
    plain, wide = Recipe(preset="small"), Recipe(preset="small", width=64)
    assert wide.network_preset.channels == (64, 128, 256, 256)
    assert parameters(wide, 0) > 3.5 * parameters(plain, 0)
    assert parameters(Recipe(preset="small", layers=2), 0) > parameters(plain, 0)


@pytest.mark.parametrize("changes, said", [
    ({"size": 30}, "--size 30 does not divide: the small network needs a multiple of 8, such as 24 or 32."),
    ({"size": 4}, "such as 8 or 16."),
    ({"width": 40}, "--width 40 does not divide; choose a multiple of 32 for small."),
    ({"focus": (600, 1001)}, "--focus 600 1001 is no range of levels; give two in 1..1000, the lower one first."),
    ({"focus": (600, 600)}, "is no range of levels"),
    ({"word_weight": 0.5}, "--word-weight is of what captions say; give --captions too, or leave it out."),
    ({"word_weight": 0.5, "start": "smileys-32"}, "--word-weight is of what captions say"),
    ({"quiet_weight": 0.5}, "--quiet-weight is of sounds; give --kind sound too, or leave it out."),
    ({"steps": None}, "say how long to train: --minutes M or --steps N."),
])  # fmt: skip
def test_what_cannot_be_trained_is_said_in_words(changes, said):
    with pytest.raises(TrainError) as caught:
        Recipe(**({"steps": 1} | changes)).check()
    assert said in str(caught.value)


def test_a_recipe_survives_its_file(tmp_path):
    recipe = Recipe(data="/pictures", classes=(("cat", ("cat-face", "cats")), ("ü", ("x",))), minutes=1.5, flip=True,
                    focus=(600, 1000))  # fmt: skip
    write_recipe(tmp_path / "recipe.json", recipe)
    assert read_recipe(tmp_path / "recipe.json") == recipe


@pytest.mark.parametrize("change", [
    {"format": 2},
    {"size": "32"},
    {"size": True},
    {"lr": None},
    {"steps": "many"},
    {"classes": [1]},
    {"focus": [1]},
    {"focus": "12"},
    {"focus": [1.5, 2]},
    {"focus": [1, 10**400]},
    {"preset": "gigantic\ud800"},
    {"preset": "x" * 5000},
    {"schedule": "spiral"},
    {"prediction": "score"},
    {"steps": 0},
    {"minutes": float("inf")},
    {"lr": float("nan")},
    {"T": 10**400},
    {"classes": {"a": []}},
    {"classes": {"a": [1]}},
    {"data": "x" * 5000},
])  # fmt: skip
def test_files_that_hold_no_recipe(tmp_path, change):
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps(Recipe(steps=3).to_dict() | change), encoding="utf-8")
    with pytest.raises(TrainError, match="holds no recipe"):
        read_recipe(path)


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "\x00"])
def test_broken_files(tmp_path, text):
    (tmp_path / "recipe.json").write_text(text, encoding="utf-8")
    with pytest.raises(TrainError, match="holds no recipe"):
        read_recipe(tmp_path / "recipe.json")


def test_the_card_gives_the_command_that_trains_the_same_again():
    from diffviz.cli.words import build_parser
    from diffviz.train.command import given_options

    recipe = Recipe(data="/a/b/shapes", size=16, flip=True, preset="tiny", width=32, dropout=0.1, prediction="epsilon",
                    schedule="cosine", T=100, min_snr=5.0, focus=(60, 100), drop_class=0.2, hold_out=0.0,
                    minutes=90.0, batch=24, lr=1e-3, ema=0.999, seed=7)  # fmt: skip
    words = command_line(recipe).split()
    assert words[:3] == ["diffviz", "train", "shapes"]
    given = given_options(build_parser().parse_args(words[1:]))
    assert Recipe(data=recipe.data, **given) == recipe
