"""Trained with captions: the words are those of the captions, and what is not said is learnt too."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image
from test_train_command import refused
from train_shapes import CLASSES, TINY

from diffviz.cli import main
from diffviz.diffusion import add_noise
from diffviz.models import load_model
from diffviz.train.captions import read_captions, said
from diffviz.train.events import REASONS
from diffviz.train.pictures import read_pictures
from diffviz.train.recipe import Recipe, TrainError
from diffviz.vocabulary import NOTHING, PADDING, Vocabulary, nothing

WORDS = {"cross": "red cross", "dot": "green dot", "ring": "blue ring"}


@pytest.fixture
def lines(shapes, tmp_path):
    """Captions of the shapes, by name."""
    path = tmp_path / "captions.jsonl"
    rows = [{"file_name": f"{kind}/{kind}-{k:02d}.png", "caption": WORDS[kind]} for kind in CLASSES for k in range(9)]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def weights(folder):
    return load_model(folder).network.state_dict()


def test_a_model_of_words_is_trained_resumed_and_begun_with(shapes, lines, out, tmp_path, capsys):
    words = ("train", str(shapes), *TINY, "--captions", str(lines), "--hold-out", "0", "--seed", "1")
    assert main([*words, "-o", str(out), "--steps", "6"]) == 0
    model = load_model(out)
    assert sorted(model.words.words) == ["blue", "cross", "dot", "green", "red", "ring"]
    assert set(model.words.phrases) == set(WORDS.values()) and model.class_names == ()
    assert "told words (6 of them)" in (out / "README.md").read_text(encoding="utf-8")
    x = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    red, blue = (model.denoiser(prompt)(x, 700).x0_hat for prompt in ("red cross", "blue ring"))
    assert not torch.equal(red, blue)

    parts = tmp_path / "parts"
    assert main([*words, "-o", str(parts), "--steps", "3"]) == 0
    assert main(["train", "-o", str(parts), "--resume", "--steps", "6"]) == 0
    assert load_model(parts).words == model.words
    assert not torch.equal(weights(parts)["unet.conv_in.weight"], weights(out)["unet.conv_in.weight"])

    more = tmp_path / "more"
    free = ("--batch", "8", "--device", "cpu", "--precision", "fp32", "--captions", str(lines), "--steps", "1")
    assert main(["train", str(shapes), "-o", str(more), "--from", str(out), *free, "--lr", "0"]) == 0
    new = weights(more)
    for name, value in weights(out).items():
        torch.testing.assert_close(new[name], value, rtol=0, atol=0)
    without = main(["train", str(shapes), "-o", str(tmp_path / "x"), "--from", str(out), "--steps", "1"])
    refused(capsys, without, "needs --captions")


def test_what_is_told_is_learnt(shapes, lines, out):
    """The right words help: with them the clean picture is told better than with those of another one."""
    words = ("train", str(shapes), *TINY, "--captions", str(lines), "--T", "100", "--lr", "4e-3", "--ema", "0.9")
    assert main([*words, "-o", str(out), "--steps", "80", "--drop-class", "0"]) == 0
    model = load_model(out)
    pictures = read_pictures(Recipe(data=str(shapes), captions=str(lines), size=8), known=model.words)
    x_0 = torch.from_numpy(pictures.pixels).float() / 127.5 - 1
    eps = torch.randn(x_0.shape, generator=torch.Generator().manual_seed(0))
    told = torch.from_numpy(pictures.captions.numbers)
    x_t = add_noise(x_0, 60, eps, model.schedule)
    right, wrong = (
        float((model.denoiser(numbers)(x_t, 60).x0_hat - x_0).square().mean()) for numbers in (told, told.roll(9, 0))
    )
    assert right < 0.9 * wrong, (right, wrong)


def test_small_things_that_are_said_are_learnt_sooner_with_word_weights(tmp_path):
    """A dot of four pixels that a word decides, beside noise that no word explains."""
    rng = np.random.default_rng(0)
    pictures = tmp_path / "dots"
    pictures.mkdir()
    rows = []
    for k in range(64):
        pixels = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        pixels[4:6, 4:6] = 255 * (k % 2)
        Image.fromarray(pixels).save(pictures / f"{k:02d}.png")
        rows.append({"file_name": f"{k:02d}.png", "caption": f"{('dark', 'bright')[k % 2]} dot"})
    (pictures / "captions.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    apart = {}
    for share in (0.0, 0.75):
        out = tmp_path / f"with-{share}"
        words = ("train", str(pictures), *TINY, "--captions", str(pictures / "captions.jsonl"), "--hold-out", "0")
        free = ("--T", "100", "--lr", "3e-3", "--ema", "0.9", "--word-weight", str(share), "--steps", "30")
        assert main([*words, *free, "-o", str(out)]) == 0
        model = load_model(out)
        x_t = torch.randn(16, 3, 8, 8, generator=torch.Generator().manual_seed(1))
        bright, dark = (model.denoiser(prompt)(x_t, 100).x0_hat[..., 4:6, 4:6] for prompt in ("bright dot", "dark dot"))
        apart[share] = float((bright - dark).mean())
        assert f"--word-weight {share:g}" in (out / "README.md").read_text(encoding="utf-8")
    assert apart[0.75] > 1.5 * apart[0.0], apart


@pytest.mark.parametrize("seed", range(3))
def test_a_step_tells_parts_of_captions(seed):
    known = Vocabulary(("hair", "hat", "red", "blue", "long", "glasses"), ("long red hair", "blue hat", "glasses"))
    one = torch.tensor(known.encode("long red hair, blue hat, glasses"))
    numbers = one.expand(2000, -1, -1)
    told = said(numbers, 0.2, torch.Generator().manual_seed(seed))
    assert torch.equal(told, said(numbers, 0.2, torch.Generator().manual_seed(seed)))
    assert torch.equal(numbers[7], one)  # what was given is left alone
    null = torch.tensor(nothing())
    silent = (told == null).all(dim=(1, 2)).float().mean()
    assert 0.17 < silent < 0.27  # a fifth, and what lost every phrase by chance
    whole = (told == one).all(dim=(1, 2)).float().mean()
    assert 0.15 < whole < 0.5
    for row in told.unique(dim=0):
        for phrase, full in zip(row, one, strict=True):
            words = set(phrase.tolist()) - {PADDING}
            assert words <= set(full.tolist()) | {NOTHING}
            if words - {NOTHING}:
                assert phrase[0] != PADDING  # what is said begins the row
                assert full[full != PADDING][-1] in phrase  # the word that names the thing stays


def test_captions_beside_the_pictures(shapes, tmp_path):
    for k, kind in enumerate(CLASSES):
        (tmp_path / f"{kind}.png").touch()
        if k:
            (tmp_path / f"{kind}.txt").write_text(WORDS[kind], encoding="utf-8")
    found = read_captions("txt", tmp_path, [f"{kind}.png" for kind in CLASSES])
    assert found.texts == ("", "green dot", "blue ring")
    np.testing.assert_array_equal(found.numbers[0], nothing())
    assert found.notes == ("1 picture has no caption, shown without words",)


def test_lines_without_names_are_of_the_pictures_in_order(tmp_path):
    path = tmp_path / "c.jsonl"
    path.write_text('{"caption": "red cross"}\n{"text": "green dot"}\n', encoding="utf-8")
    assert read_captions(str(path), tmp_path, ["a.png", "b.png"]).texts == ("red cross", "green dot")
    with pytest.raises(TrainError, match="2 lines without a file_name for 3 pictures"):
        read_captions(str(path), tmp_path, ["a.png", "b.png", "c.png"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "is missing"),
        ("red cross", "line 1 is not valid JSON"),
        ('{"caption": "red"}\n[1]', "line 2 holds a JSON list"),
        ('{"words": "red"}', 'line 1 lacks "caption"'),
        ('{"caption": 3}', 'line 1 has "caption": 3'),
        ('{"file_name": "z.png", "caption": "red"}', "none of its 1 pictures has a caption"),
        ('{"file_name": "a.png", "caption": "with the ..."}', "the captions in c.jsonl hold no word"),
    ],
)
def test_captions_that_cannot_be_used_are_refused(tmp_path, content, words):
    path = tmp_path / "c.jsonl"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(TrainError, match=words) as caught:
        read_captions(str(path), tmp_path, ["a.png"])
    assert "file_name" in str(caught.value)  # what would be right
    assert caught.value.reason in REASONS


def test_rare_words_are_dropped_and_said(tmp_path):
    captions = ["red cross"] * 2000 + ["zebra"]
    path = tmp_path / "c.jsonl"
    path.write_text("\n".join(json.dumps({"caption": caption}) for caption in captions), encoding="utf-8")
    found = read_captions(str(path), tmp_path, [f"{k}.png" for k in range(2001)])
    assert found.vocabulary.words == ("cross", "red")
    assert found.notes == ("1 word is too rare: zebra",)


def test_pixels_are_shuffled_for_large_pictures_alone():
    assert [Recipe(captions="txt", size=size).shuffle for size in (8, 32, 48, 64)] == [1, 1, 2, 2]
    assert Recipe(size=64).shuffle == 1
