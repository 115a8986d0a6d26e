"""The recorded network is the network: same numbers wherever it is used, itself wherever it is not."""

from __future__ import annotations

import gc
import logging
import warnings
import weakref

import pytest
import torch
from diffusers import UNet2DModel
from model_files import plain_unet

from diffviz.models import load_model, traced
from diffviz.models.traced import Forward

SHAPE = (3, 8, 8)
KINDS = [
    ("DownBlock2D", "UpBlock2D"),
    ("AttnDownBlock2D", "AttnUpBlock2D"),
    ("ResnetDownsampleBlock2D", "ResnetUpsampleBlock2D"),
    ("SkipDownBlock2D", "SkipUpBlock2D"),
    ("AttnSkipDownBlock2D", "AttnSkipUpBlock2D"),
]


@pytest.fixture(autouse=True)
def _nothing_is_recorded(monkeypatch):
    """As in a process of one's own, where other tests have left no recording."""
    monkeypatch.setattr(traced, "_IN_USE", weakref.WeakValueDictionary())


def build(down="AttnDownBlock2D", up="AttnUpBlock2D", **changes):
    torch.manual_seed(0)
    said = {"layers_per_block": 1, "norm_num_groups": 8, "attention_head_dim": 8} | changes
    network = plain_unet((32, 32), down, up, **said)
    return network.requires_grad_(False).eval().to(memory_format=torch.channels_last)


def arguments(network, batch, whole=True, seed=5):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn((batch, *SHAPE), generator=generator).to(memory_format=torch.channels_last)
    timestep = torch.randint(0, 9, (batch,), generator=generator)
    count = network.config["num_class_embeds"]
    labels = None if count is None else torch.randint(0, count, (batch,), generator=generator)
    return x, timestep if whole else timestep + 0.25, labels


def assert_equal(forward, network, *given):
    expected = network(*given, return_dict=False)[0]
    torch.testing.assert_close(forward(*given), expected, atol=1e-6, rtol=1e-6)


@pytest.fixture(
    scope="module",
    params=[{}, {"num_class_embeds": 4}, {"num_class_embeds": 1}, {"out_channels": 6, "num_class_embeds": 4}],
    ids=["no classes", "classes", "one class", "learned variance"],
)
def recorded(request):
    """A network and what is recorded of it."""
    network = build(**request.param)
    return network, Forward(network, SHAPE)


@pytest.mark.parametrize("batch", [1, 4, 16, 64])
@pytest.mark.parametrize("whole", [True, False], ids=["whole t", "t between"])
def test_it_equals_the_network(recorded, batch, whole):
    network, forward = recorded
    assert forward.is_recorded
    for seed in range(3):  # TorchScript plans anew after the first run of a size
        assert_equal(forward, network, *arguments(network, batch, whole, seed))


@pytest.mark.parametrize(("down", "up"), KINDS)
def test_every_kind_of_block_is_recorded(down, up):
    network = build(down, up, resnet_time_scale_shift="scale_shift" if down == "DownBlock2D" else "default")
    forward = Forward(network, SHAPE)
    assert forward.is_recorded
    assert_equal(forward, network, *arguments(network, 3))


def test_a_table_of_levels_is_recorded():
    network = build(time_embedding_type="learned", num_train_timesteps=10)
    forward = Forward(network, SHAPE)
    assert forward.is_recorded
    assert_equal(forward, network, *arguments(network, 3))


def test_the_shipped_model_is_recorded_and_equal_to_the_last_bit():
    model = load_model("smileys-32")
    forward = Forward(model.network, model.sample_shape)
    assert forward.is_recorded
    for batch in (1, 4):
        x = torch.randn(batch, 3, 32, 32, generator=torch.Generator().manual_seed(batch))
        given = x.to(memory_format=torch.channels_last), torch.full((batch,), 100 * batch), torch.arange(batch)
        expected = model.network(*given, return_dict=False)[0]
        assert torch.equal(forward(*given), expected)
        assert torch.equal(model.run_network(*given), expected)


def test_what_is_given_and_the_weights_are_left_as_they_are():
    network = build(num_class_embeds=4)
    forward, given = Forward(network, SHAPE), arguments(network, 5)
    before = [each.clone() for each in (*given, *network.state_dict().values())]
    first = forward(*given)
    kept = first.clone()
    assert torch.equal(kept, forward(*given)) and torch.equal(kept, first)  # the next run leaves what the last returned
    assert all(map(torch.equal, before, (*given, *network.state_dict().values())))


def test_recording_warns_of_nothing_and_draws_no_random_number(monkeypatch):
    monkeypatch.setattr(traced, "_IN_USE", {})
    network = build()
    torch.manual_seed(3)
    before = torch.get_rng_state()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Forward(network, SHAPE).is_recorded
    assert torch.equal(torch.get_rng_state(), before)


class TestLeftToTheNetwork:
    def test_where_recording_fails(self, monkeypatch, caplog):
        def fail(*_, **__):
            raise RuntimeError("no recorder here")

        monkeypatch.setattr(torch.jit, "_get_trace_graph", fail)
        monkeypatch.setattr(traced, "_IN_USE", {})
        network = build()
        with caplog.at_level(logging.INFO):
            forward = Forward(network, SHAPE)
        assert not forward.is_recorded
        assert "no recorder here" in caplog.text
        assert_equal(forward, network, *arguments(network, 2))

    def test_where_the_recording_has_kept_a_number_of_its_own(self, caplog):
        class Halves(UNet2DModel):
            def forward(self, sample, timestep, class_labels=None, return_dict=True):
                scale = 1.0 + float(timestep[0])  # Python: the recorder sees one number
                return super().forward(sample * scale, timestep, class_labels, return_dict)

        network = Halves(**{key: value for key, value in build().config.items() if not key.startswith("_")}).eval()
        with caplog.at_level(logging.INFO):
            forward = Forward(network.requires_grad_(False), SHAPE)
        assert not forward.is_recorded
        assert "other numbers" in caplog.text
        assert_equal(forward, network, *arguments(network, 2))

    def test_where_a_step_takes_long_anyway(self, monkeypatch):
        network = build()
        weights = sum(weight.numel() for weight in network.parameters())
        monkeypatch.setattr(traced, "MAX_WORK", 64 * weights - 1)
        assert not Forward(network, SHAPE).is_recorded
        monkeypatch.setattr(traced, "MAX_WORK", 64 * weights)
        assert Forward(network, SHAPE).is_recorded

    @pytest.mark.parametrize("hook", ["register_forward_hook", "register_forward_pre_hook"])
    def test_while_somebody_watches_a_layer(self, hook):
        network, seen = build(), []
        forward = Forward(network, SHAPE)
        watch = getattr(network.mid_block, hook)(lambda *_: seen.append(1))
        forward(*arguments(network, 1))
        assert seen == [1]
        Forward(network, SHAPE)(*arguments(network, 1))
        assert seen == [1, 1], "recording is not heard"
        watch.remove()
        forward(*arguments(network, 1))
        assert seen == [1, 1]

    def test_other_sizes_of_picture(self):
        network = build()
        forward = Forward(network, SHAPE)
        assert_equal(forward, network, torch.randn(2, 3, 16, 8), torch.tensor([1, 7]), None)

    def test_gradients(self):
        network = build()
        forward = Forward(network, SHAPE)
        gradients = []
        for function in (forward, lambda *given: network(*given, return_dict=False)[0]):
            x, timestep, labels = arguments(network, 2)
            x.requires_grad_()
            function(x, timestep, labels).square().sum().backward()
            gradients.append(x.grad)
        torch.testing.assert_close(*gradients)
        assert float(gradients[0].abs().max()) > 0

    def test_a_class_that_is_missing_is_still_said_to_be(self):
        network = build(num_class_embeds=4)
        with pytest.raises(ValueError, match="class_labels"):
            Forward(network, SHAPE)(*arguments(network, 1)[:2], None)


class TestMemory:
    def test_networks_of_one_outline_share_a_recording_and_no_weight(self, monkeypatch):
        made = []
        record = traced._Recording
        monkeypatch.setattr(traced, "_Recording", lambda *given: made.append(1) or record(*given))
        first, second, other = build(), build(), build(num_class_embeds=4)
        for weight in second.parameters():
            weight.mul_(0.5)
        forwards = [Forward(network, SHAPE) for network in (first, second, other)]
        assert len(made) == 2 and all(forward.is_recorded for forward in forwards)
        for forward, network in zip(forwards, (first, second, other), strict=True):
            assert_equal(forward, network, *arguments(network, 2))
        assert not torch.allclose(forwards[0](*arguments(first, 2)), forwards[1](*arguments(first, 2)))

    def test_a_recording_goes_with_its_last_network(self):
        before = len(traced._IN_USE)
        forward = Forward(build(num_class_embeds=7), SHAPE)
        assert len(traced._IN_USE) == before + 1
        del forward
        gc.collect()
        assert len(traced._IN_USE) == before

    def test_the_weights_are_the_networks_own(self):
        network = build()
        forward = Forward(network, SHAPE)
        before = forward(*arguments(network, 1))
        for weight in network.parameters():
            weight.mul_(0.5)
        assert not torch.allclose(forward(*arguments(network, 1)), before)
        assert_equal(forward, network, *arguments(network, 1))

    def test_they_go_with_the_model(self, tiny_model_folder):
        model = load_model(tiny_model_folder)
        model.warm_up()
        model.denoiser(0)(torch.zeros(1, *SHAPE), 5)
        weights = [weakref.ref(weight) for weight in model.network.parameters()]
        del model
        gc.collect()
        assert not any(weight() is not None for weight in weights)
