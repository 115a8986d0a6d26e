"""--from: a training that begins with a model's weights takes its outline and process, and a table for its classes."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from test_train_command import events, refused
from train_shapes import CLASSES, TINY, draw_folder, read_losses

from diffviz.cli import main
from diffviz.diffusion import SCHEDULES, zero_terminal_snr
from diffviz.models import load_model
from diffviz.models.saving import scheduler_config
from diffviz.models.scheduler import process_of
from diffviz.train.recipe import Recipe, TrainError, read_recipe
from diffviz.train.start import adopt, load_start

FREE = ("--batch", 8, "--device", "cpu", "--precision", "fp32")


def train_from(data, out, model, *words):
    """Without the options that the model decides."""
    return main(["train", str(data), "-o", str(out), *map(str, FREE), "--from", str(model), *map(str, words)])


@pytest.fixture
def others(tmp_path):
    """Classes cross, disc and ring: two of the trained model's three, and a new one."""
    folder = draw_folder(tmp_path / "others")
    (folder / "dot").rename(folder / "disc")
    return folder


def run(network, label):
    x = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    labels = None if label is None else torch.tensor([label, label])
    with torch.no_grad():
        return network(x, torch.tensor([3, 40]), labels, return_dict=False)[0]


def begun(folder, class_names):
    """The network that a training with these classes begins with."""
    from diffviz.models.network import new_network

    start = load_start(str(folder))
    network = new_network(start.network_config(len(class_names), 0.0)).eval()
    network.load_state_dict(start.weights(class_names))
    return network


def test_classes_of_the_same_name_keep_their_row_and_new_ones_begin_as_the_null_class(trained_folder):
    model = load_model(trained_folder)
    network = begun(trained_folder, ("disc", "ring", "cross"))
    for new, old in ((0, 3), (1, CLASSES.index("ring")), (2, CLASSES.index("cross")), (3, 3)):
        torch.testing.assert_close(run(network, new), run(model.network, old), rtol=1e-5, atol=1e-5)
    assert not torch.equal(run(network, 1), run(network, 2))


def test_without_classes_it_begins_with_what_the_model_draws_unasked(trained_folder):
    model = load_model(trained_folder)
    torch.testing.assert_close(run(begun(trained_folder, ()), None), run(model.network, 3), rtol=1e-5, atol=1e-5)


def test_classes_for_a_model_without_any(shapes, train, out):
    assert train("--steps", 2, data=shapes / "dot") == 0
    model = load_model(out)
    network = begun(out, ("a", "b"))
    for label in range(3):
        torch.testing.assert_close(run(network, label), run(model.network, None), rtol=1e-5, atol=1e-5)


def test_out_has_the_models_outline_and_process_and_the_folders_classes(trained_folder, others, out):
    assert train_from(others, out, trained_folder, "--steps", 2) == 0
    old, new = load_model(trained_folder), load_model(out)
    assert new.summary == old.summary == "8x8 RGB · v · linear 100 · clip · cpu"
    assert new.class_names == ("cross", "disc", "ring") and new.null_class == 3
    recipe = read_recipe(out / "training" / "recipe.json")
    assert (recipe.start, recipe.size, recipe.T) == (str(trained_folder), 8, 100)
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "begun with the weights of `shapes-8`" in card and "--from shapes-8" in card
    assert "--size" not in card and str(trained_folder.parent) not in card


def test_it_begins_where_the_model_was_and_not_at_random(trained_folder, shapes, out, tmp_path):
    assert train_from(shapes, out, trained_folder, "--steps", 8, "--lr", 1e-5) == 0
    fresh = tmp_path / "fresh"
    assert main(["train", str(shapes), *TINY, "--T", "100", "--steps", "8", "--lr", "1e-5", "-o", str(fresh)]) == 0
    mean = {folder: sum(loss for _, loss in read_losses(folder)) / 8 for folder in (out, fresh)}
    assert mean[out] < 0.5 * mean[fresh]


def test_it_is_resumed_though_the_model_has_gone(trained_folder, others, out, tmp_path):
    model = tmp_path / "model-to-go"
    shutil.copytree(trained_folder, model)
    whole = tmp_path / "whole"
    assert train_from(others, whole, model, "--steps", 6) == 0
    assert train_from(others, out, model, "--steps", 3, "--lr", "5e-4") == 0
    shutil.rmtree(model)
    assert main(["train", "--resume", "-o", str(out), "--steps", "6"]) == 0
    # the schedule of the learning rate was that of 3 steps, so the losses agree up to the third only
    assert len(read_losses(out)) == 6 and read_losses(out)[0] == read_losses(whole)[0]
    assert load_model(out).class_names == ("cross", "disc", "ring")


def test_a_shipped_model_is_named(shapes, out, capsys):
    assert train_from(shapes / "dot", out, "smileys-32", "--steps", 1, "--progress", "json") == 0
    assert events(capsys)[-1]["finished"]
    model = load_model(out)
    assert model.summary.startswith("32x32 RGB · v · linear 1000") and model.class_names == ()
    assert json.loads((out / "training" / "recipe.json").read_text(encoding="utf-8"))["start"] == "smileys-32"


@pytest.mark.parametrize("words, said", [
    (["--size", "16"], "--size 16 contradicts --from: smileys-32 has 32; leave the option out, or --from."),
    (["--T", "100"], "--T 100 contradicts --from: smileys-32 has 1000"),
    (["--prediction", "x0"], "--prediction x0 contradicts --from: smileys-32 has v"),
    (["--schedule", "cosine"], "--schedule cosine contradicts --from: smileys-32 has linear"),
    (["--preset", "base"], "--preset base contradicts --from: smileys-32 has channels 32, 64, 128, 128 and 1 layers"),
    (["--width", "64"], "--width 64 contradicts --from: smileys-32 has channels 32"),
])  # fmt: skip
def test_an_option_that_contradicts_the_model_is_refused(shapes, out, capsys, words, said):
    refused(capsys, train_from(shapes, out, "smileys-32", "--steps", 1, *words), said)
    assert not out.exists()


def test_what_agrees_with_the_model_may_be_given(trained_folder, shapes, out):
    words = ("--size", 8, "--T", 100, "--schedule", "linear", "--prediction", "v", "--preset", "tiny")
    assert train_from(shapes, out, trained_folder, "--steps", 1, *words) == 0


@pytest.mark.parametrize("name, said", [
    ("nowhere", "--from: nowhere: is no folder"),
    ("{tmp}", "holds neither model_index.json nor config.json"),
])  # fmt: skip
def test_what_is_no_model_is_refused(shapes, out, tmp_path, capsys, name, said):
    folder = tmp_path / "empty"
    folder.mkdir()
    refused(capsys, train_from(shapes, out, name.format(tmp=folder), "--steps", 1), said)
    assert not out.exists()


@pytest.mark.parametrize("change, said", [
    ({"in_channels": 1, "out_channels": 1}, "is no network from RGB to RGB"),
    ({"out_channels": 6}, "says a variance too, which diffviz does not train"),
    ({"sample_size": [8, 16]}, "has pictures of 16x8, not square ones"),
])  # fmt: skip
def test_networks_that_pictures_cannot_train_are_refused(tiny_model_folder, change, said):
    path = tiny_model_folder / "unet" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8")
    with pytest.raises(TrainError, match=said):
        adopt(Recipe(start=str(tiny_model_folder)), {})


def test_another_start_cannot_be_taken_halfway(trained_folder, shapes, out, capsys):
    assert train_from(shapes, out, trained_folder, "--steps", 1) == 0
    code = main(["train", "--resume", "-o", str(out), "--steps", "2", "--from", "smileys-32"])
    refused(capsys, code, "model: was trained with --from", "leave the option out")


def test_a_schedule_of_zero_terminal_snr_is_written_as_such():
    schedule = zero_terminal_snr(SCHEDULES["linear"](T=50))
    assert process_of(scheduler_config(schedule, "v"), "test").schedule.alpha_bar[-1] == 0
    table = process_of(scheduler_config(schedule, "v"), "test").schedule.alpha_bar
    torch.testing.assert_close(torch.from_numpy(table.copy()), torch.from_numpy(schedule.alpha_bar.copy()))
