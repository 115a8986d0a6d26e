"""Weights of a picture's pixels: each phrase counts the same, wherever it shows and however small that is."""

from __future__ import annotations

import dataclasses
from itertools import cycle, islice, product

import numpy as np
import pytest
import torch

from diffviz.train.captions import Captions
from diffviz.train.pictures import Pictures
from diffviz.train.word_maps import WordMaps
from diffviz.vocabulary import nothing, vocabulary_of

# rows and columns of an 8x8 face: where the mouth is depends on the style
MOUTHS = {"ink": (5, 2), "pixel": (6, 6)}
BACKGROUND = np.ones((8, 8), dtype=bool)
BACKGROUND[2:, 1:] = False


def faces(count: int = 804, seed: int = 0) -> Pictures:
    rng = np.random.default_rng(seed)
    pixels, texts = [], []
    each = product(["ink", "pixel"], ["smiling", "sad", "open mouth"], ["blue", "green"])
    for style, mouth, tint in islice(cycle(each), count):  # each as often, so that none tells of another
        picture = rng.integers(90, 160, (3, 8, 8))
        picture[:, BACKGROUND] = np.array([40, 40, 220] if tint == "blue" else [40, 220, 40])[:, None]
        row, column = MOUTHS[style]
        picture[:, row, column] = {"smiling": 255, "sad": 40, "open mouth": 0}[mouth]
        pixels.append(picture.astype(np.uint8))
        texts.append(f"{style} face, {mouth}, {tint} background")
    vocabulary, _ = vocabulary_of(texts)
    numbers = np.array([vocabulary.encode(text) for text in texts])
    captions = Captions(vocabulary, numbers, tuple(texts))
    held_out = np.zeros(count, dtype=bool)
    return Pictures(np.stack(pixels), np.zeros(count, dtype=np.int64), tuple(texts), (), held_out, (), captions)


@pytest.fixture(scope="module")
def pictures():
    return faces()


def told(pictures, *prompts):
    return torch.tensor([pictures.captions.vocabulary.encode(prompt) for prompt in prompts])


def test_every_phrase_has_an_equal_share_where_it_shows(pictures):
    """A mouth is one pixel of 64, a background 22: both are said once."""
    (weights,) = WordMaps(pictures, share=0.6).weights(told(pictures, "ink face"), 8)
    assert float(weights.mean()) == pytest.approx(1.0, abs=1e-5)
    assert float(weights.min()) >= 0.4 - 1e-6  # the rest lies on all pixels alike
    laid = (weights - 0.4) / (weights - 0.4).sum()
    assert float(laid[MOUTHS["ink"]]) == pytest.approx(1 / 2, abs=0.02)
    assert float(laid[torch.from_numpy(BACKGROUND)].sum()) == pytest.approx(1 / 2, abs=0.02)


def test_a_style_has_its_own_map_where_it_is_said(pictures):
    maps = WordMaps(pictures, share=1.0)
    ink, pixel, unsaid = maps.weights(told(pictures, "ink face, smiling", "sad, pixel face", "smiling"), 8)
    here, there = MOUTHS["ink"], MOUTHS["pixel"]
    assert float(ink[here]) > 5 * float(ink[there])
    assert float(pixel[there]) > 5 * float(pixel[here])
    assert float(unsaid[here] / unsaid[there]) == pytest.approx(1.0, abs=0.4)


def test_weights_depend_on_what_is_told_alone(pictures):
    """So the network that is best with them is the one that is best without."""
    maps = WordMaps(pictures, share=0.75)
    null = torch.tensor([nothing()])
    unknown = null.clone()
    unknown[0, 0, 0] = 10**6
    turned = told(pictures, "ink face")
    turned[0, 0, :2] = turned[0, 0, :2].flip(0)  # thinned phrases have their words in another order
    some = maps.weights(torch.cat([told(pictures, "ink face"), turned, null, unknown, told(pictures, "sad")]), 8)
    torch.testing.assert_close(some[0], some[1])
    assert torch.equal(some[2], some[3]) and torch.equal(some[2], some[4])


def test_where_words_explain_nothing_all_pixels_weigh_alike():
    rng = np.random.default_rng(1)
    texts = [f"{rng.choice(['red', 'blue'])} hat" for _ in range(600)]
    vocabulary, _ = vocabulary_of(texts)
    numbers = np.array([vocabulary.encode(text) for text in texts])
    pixels = rng.integers(0, 256, (600, 3, 4, 4)).astype(np.uint8)
    nothing_held = np.zeros(600, dtype=bool)
    captions = Captions(vocabulary, numbers)
    whole = Pictures(pixels, np.zeros(600, dtype=np.int64), tuple(texts), (), nothing_held, (), captions)
    weights = WordMaps(whole, share=1.0).weights(torch.from_numpy(numbers[:3]), 4)
    assert torch.equal(weights, torch.ones(3, 4, 4))


@pytest.mark.parametrize("seed", range(3))
def test_where_all_pictures_are_alike_nothing_shows(seed):
    """The means differ there by what rounding does."""
    rng = np.random.default_rng(seed)
    texts = [f"{rng.choice(['red', 'blue', 'green'])} hat" for _ in range(3000)]
    vocabulary, _ = vocabulary_of(texts)
    numbers = np.array([vocabulary.encode(text) for text in texts])
    pixels = rng.integers(0, 256, (3000, 3, 8, 8)).astype(np.uint8)
    pixels[:, :, :4] = rng.integers(0, 256, (3, 4, 8))
    nothing_held = np.zeros(3000, dtype=bool)
    captions = Captions(vocabulary, numbers)
    whole = Pictures(pixels, np.zeros(3000, dtype=np.int64), tuple(texts), (), nothing_held, (), captions)
    (weights,) = WordMaps(whole, share=1.0).weights(torch.tensor([nothing()]), 8)
    assert float(weights[:4].max()) <= 1  # below 1 where chance shows elsewhere


def test_maps_of_large_pictures_are_reduced_and_still_the_same(pictures):
    first = np.arange(204)
    captions = Captions(pictures.captions.vocabulary, pictures.captions.numbers[first])
    small = dataclasses.replace(
        pictures, pixels=pictures.pixels[first], captions=captions, held_out=pictures.held_out[first]
    )
    large = dataclasses.replace(small, pixels=small.pixels.repeat(16, axis=2).repeat(16, axis=3))
    prompt = told(pictures, "blue background")
    expected = WordMaps(small, share=1.0).weights(prompt, 8)[0].repeat_interleave(16, 0).repeat_interleave(16, 1)
    torch.testing.assert_close(WordMaps(large, share=1.0).weights(prompt, 128)[0], expected)
    assert float(expected.std()) > 0.5


def test_weights_have_mean_1_of_pictures_of_any_size(pictures):
    """A pixel of a map stands for two rows of 96 or for one."""
    first = np.arange(204)
    captions = Captions(pictures.captions.vocabulary, pictures.captions.numbers[first])
    pixels = np.full((204, 3, 96, 96), 90, np.uint8)
    pixels[:, :, :8, :8] = pictures.pixels[first]
    odd = dataclasses.replace(pictures, pixels=pixels, captions=captions, held_out=pictures.held_out[first])
    (weights,) = WordMaps(odd, share=0.75).weights(told(pictures, "ink face"), 96)
    assert float(weights.std()) > 0.5 and float(weights.mean()) == pytest.approx(1.0, abs=1e-4)


def test_of_mirrored_pictures_what_is_said_weighs_on_both_sides(pictures):
    maps = WordMaps(pictures, share=1.0, flip=True)
    ink, pixel = maps.weights(told(pictures, "ink face", "pixel face"), 8)
    assert torch.equal(ink, ink.flip(1)) and torch.equal(pixel, pixel.flip(1))
    row, column = MOUTHS["pixel"]
    assert float(pixel[row, column]) > 5 * float(pixel[row, column - 2])
