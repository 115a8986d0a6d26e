"""Where a network of words looks: the shares of its cross-attention, against a computation by hand."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close
from word_network import KNOWN, write_words

from diffviz.models import attention as module
from diffviz.models import load_model
from diffviz.models.attention import word_attention


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return load_model(write_words(tmp_path_factory.mktemp("looks") / "told")).network


def told(*prompts):
    return torch.tensor([KNOWN.encode(prompt) for prompt in prompts])


@pytest.fixture
def x():
    return torch.randn(2, 3, 48, 48, generator=torch.Generator().manual_seed(0))


T = torch.tensor([40, 40])


def test_the_shares_of_a_pixel_add_up_to_one(network, x):
    shares = word_attention(network, x, T, told("long red hair, blue hat", "red hat, hair"))
    assert shares.shape == (2, 12, 48, 48) and shares.min() >= 0
    assert_close(shares.sum(dim=1), torch.ones(2, 48, 48))


def test_what_is_not_said_is_not_looked_at(network, x):
    shares = word_attention(network, x, T, told("red hair, blue hat", "red hair"))
    assert_close(shares[1, 0], torch.ones(48, 48))
    assert shares[1, 1:].abs().max() == 0 and shares[0, 1].min() > 0 and shares[0, 2:].abs().max() == 0


def test_they_are_the_softmax_of_queries_and_keys(network, x):
    """By hooks on the layers' own projections, with a softmax of this test's own."""
    labels, kept = told("long red hair, blue hat", "red hat, hair"), []
    layers = [module for name, module in network.unet.named_modules() if name.endswith(".attn2")]
    hooks = []
    for layer in layers:
        hooks.append(layer.to_q.register_forward_hook(lambda m, i, out: kept.append(("q", out))))
        hooks.append(layer.to_k.register_forward_hook(lambda m, i, out: kept.append(("k", out))))
    shares = word_attention(network, x, T, labels)[:, :2]
    for hook in hooks:
        hook.remove()
    expected = torch.zeros(2, 2, 48, 48)
    for layer, (_, q), (_, k) in zip(layers, kept[::2], kept[1::2], strict=True):
        heads = layer.heads
        q, k = (a.view(2, a.shape[1], heads, -1).transpose(1, 2) for a in (q, k[:, :2]))  # two phrases are said
        weights = (q @ k.transpose(2, 3) / q.shape[-1] ** 0.5).softmax(dim=3).mean(dim=1)  # (2, pixels, 2)
        side = round(weights.shape[1] ** 0.5)
        grid = weights.transpose(1, 2).reshape(2, 2, side, side)
        times = 48 // side
        expected += grid.repeat_interleave(times, 2).repeat_interleave(times, 3) / len(layers)
    assert len(layers) > 1
    assert_close(shares, expected, rtol=1e-4, atol=1e-5)


def test_looking_changes_nothing(network, x):
    labels = told("long red hair", "blue hat")
    before = network(x, T, labels)[0]
    processors = list(network.unet.attn_processors.values())
    word_attention(network, x, T, labels)
    assert torch.equal(network(x, T, labels)[0], before)
    assert list(network.unet.attn_processors.values()) == processors


def test_of_each_layer_no_more_is_kept_than_the_mean_over_its_heads(network, x):
    looking, kept = module._looking(network)
    labels = told("red hair", "blue hat")
    looking(x, T, labels)
    assert kept and all(shares.ndim == 3 and shares.shape[::2] == (2, labels.shape[1]) for shares in kept)
