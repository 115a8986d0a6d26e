"""From a network's output to x̂_0 and ε̂: prediction types, timesteps, clipping, labels, guidance, refusals."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from analytic import max_error, noise
from hypothesis import given, settings
from hypothesis import strategies as st

from diffviz.diffusion import SCHEDULES, Prediction, add_noise, network_denoiser, zero_terminal_snr
from diffviz.diffusion.denoiser import rescaled, to_x0_eps

LINEAR = SCHEDULES["linear"](T=1000)
LEVELS = [1, 2, 250, 999, 1000]


class Network:
    """Answers a fixed output or a function of its input, and keeps what it was asked."""

    def __init__(self, answer):
        self.answer = answer
        self.calls = []

    def __call__(self, x, timestep, class_labels):
        self.calls.append((x.clone(), timestep.clone(), None if class_labels is None else class_labels.clone()))
        return self.answer(x, timestep, class_labels) if callable(self.answer) else self.answer


def target(prediction, x_0, eps, alpha_bar):
    """What a perfect network of this kind returns."""
    v = alpha_bar**0.5 * eps - (1 - alpha_bar) ** 0.5 * x_0
    return {"epsilon": eps, "x0": x_0, "v": v}[prediction]


@pytest.mark.parametrize("prediction", ["epsilon", "x0", "v"])
@pytest.mark.parametrize("t", LEVELS)
def test_prediction_round_trip(prediction, t):
    x_0, eps = noise(2, 3, 4, 4).clamp(-1, 1), noise(2, 3, 4, 4, seed=1)
    output = target(prediction, x_0, eps, LINEAR.alpha_bar[t])
    found = network_denoiser(Network(output), LINEAR, prediction=prediction, clip=None)(
        add_noise(x_0, t, eps, LINEAR), t
    )
    # ε at T is divided by √ᾱ_T, 1/157
    assert max_error(found.x0_hat, x_0) < 1e-12
    assert max_error(found.eps_hat, eps) < 1e-12
    assert found.variance is None


@pytest.mark.parametrize("prediction", ["epsilon", "x0", "v"])
def test_pair_satisfies_the_equation(prediction):
    x_t = noise(2, 3, 4, 4)
    denoiser = network_denoiser(lambda x, t, c: torch.tanh(x) + 0.3, LINEAR, prediction=prediction, clip=None)
    for t in LEVELS:
        found = denoiser(x_t, t)
        assert max_error(add_noise(found.x0_hat, t, found.eps_hat, LINEAR), x_t) < 1e-12


def test_network_counts_from_0():
    network = Network(torch.zeros(3, 1, 2, 2))
    denoiser = network_denoiser(network, LINEAR)
    for t in (1, 1000):
        denoiser(torch.zeros(3, 1, 2, 2), t)
        _, timestep, labels = network.calls[-1]
        assert timestep.dtype == torch.int64 and timestep.tolist() == [t - 1] * 3 and labels is None


@pytest.mark.parametrize("prediction", ["epsilon", "x0", "v"])
def test_between_two_levels_the_network_is_asked_between_two_timesteps(prediction):
    x_0, eps, t = noise(2, 3, 4, 4).clamp(-1, 1), noise(2, 3, 4, 4, seed=1), 812.375
    alpha_bar = LINEAR.alpha_bar_at(t)
    network = Network(target(prediction, x_0, eps, alpha_bar))
    x_t = alpha_bar**0.5 * x_0 + (1 - alpha_bar) ** 0.5 * eps
    found = network_denoiser(network, LINEAR, prediction=prediction)(x_t, t)
    assert max_error(found.x0_hat, x_0) < 1e-11 and max_error(found.eps_hat, eps) < 1e-11
    ((_, timestep, _),) = network.calls
    assert timestep.dtype == torch.float32 and timestep.tolist() == [811.375] * 2


def test_a_whole_float_is_a_whole_level():
    network = Network(noise(2, 3, 4, 4))
    network_denoiser(network, LINEAR)(noise(2, 3, 4, 4), 5.0)
    assert network.calls[0][1].dtype == torch.int64 and network.calls[0][1].tolist() == [4, 4]


def test_static_clip_keeps_eps_or_derives_it_again():
    x_t, x_0 = noise(2, 3, 4, 4), 3 * noise(2, 3, 4, 4, seed=1)
    t, alpha_bar = 400, LINEAR.alpha_bar[400]
    plain = network_denoiser(Network(x_0), LINEAR, prediction="x0", clip=None)(x_t, t)
    kept = network_denoiser(Network(x_0), LINEAR, prediction="x0")(x_t, t)
    again = network_denoiser(Network(x_0), LINEAR, prediction="x0", rederive_eps=True)(x_t, t)
    assert torch.equal(plain.x0_hat, x_0)
    assert torch.equal(kept.x0_hat, x_0.clamp(-1, 1)) and torch.equal(again.x0_hat, kept.x0_hat)
    assert torch.equal(kept.eps_hat, plain.eps_hat)
    assert max_error(again.eps_hat, (x_t - alpha_bar**0.5 * kept.x0_hat) / (1 - alpha_bar) ** 0.5) < 1e-14
    assert max_error(again.eps_hat, kept.eps_hat) > 0.1


def test_dynamic_clip_golden():
    x_0 = torch.stack([torch.linspace(-4, 4, 1001), torch.linspace(-0.5, 0.5, 1001)]).view(2, 1, 7, 143).double()
    found = network_denoiser(Network(x_0), LINEAR, prediction="x0", clip="dynamic")(torch.zeros_like(x_0), 500)
    # |x| of the first rises 0, 0.008, 0.008, 0.016, ...: number 995 of 0..1000 is 3.984; the second is left alone
    assert max_error(found.x0_hat[0], x_0[0].clamp(-3.984, 3.984) / 3.984) < 1e-6
    assert torch.equal(found.x0_hat[1], x_0[1])


def test_dynamic_clip_equals_diffusers():
    from diffusers import DDPMScheduler

    scheduler = DDPMScheduler(thresholding=True, prediction_type="sample", sample_max_value=100.0)
    x_0, x_t = 2 * noise(3, 3, 8, 8, dtype=torch.float32), noise(3, 3, 8, 8, seed=1, dtype=torch.float32)
    theirs = scheduler.step(x_0, 399, x_t).pred_original_sample
    found = network_denoiser(Network(x_0), LINEAR, prediction="x0", clip="dynamic")(x_t, 400)
    assert max_error(found.x0_hat, theirs) < 1e-6


def by_label(x, timestep, labels):
    return x * 0.1 + labels.view(-1, 1, 1, 1).to(x.dtype)


@pytest.mark.parametrize("guidance", [0.0, 0.5, 2.0, 7.5])
def test_guidance_goes_from_the_null_class_through_the_class(guidance):
    x_t, labels = noise(3, 2, 2, 2), torch.tensor([4, 5, 6])
    network = Network(by_label)
    keywords = {"prediction": "x0", "clip": None, "null_label": 9}
    found = network_denoiser(network, LINEAR, class_labels=labels, guidance=guidance, **keywords)(x_t, 300)
    conditional = network_denoiser(by_label, LINEAR, class_labels=labels, **keywords)(x_t, 300).x0_hat
    unconditional = network_denoiser(by_label, LINEAR, **keywords)(x_t, 300).x0_hat
    assert max_error(found.x0_hat, unconditional + guidance * (conditional - unconditional)) < 1e-12
    # both halves in one call
    ((x, timestep, asked),) = network.calls
    assert torch.equal(x, torch.cat([x_t, x_t])) and timestep.tolist() == [299] * 6
    assert asked.tolist() == [9, 9, 9, 4, 5, 6]


@settings(deadline=None)  # a busy machine says nothing of it
@given(st.floats(0, 1), st.sampled_from([0.0, 1.0, 3.0]))
def test_a_blend_goes_from_one_condition_to_the_other(blend, guidance):
    """Both ends are the bytes of one condition alone; between them every guided prediction is on the straight line."""
    x_t = noise(3, 2, 2, 2)
    keywords = {"prediction": "x0", "clip": None, "null_label": 9, "guidance": guidance}

    def said(**more):
        return network_denoiser(Network(by_label), LINEAR, **keywords, **more)(x_t, 300).x0_hat

    first, second = said(class_labels=4), said(class_labels=7)
    found = said(class_labels=4, blended_with=7, blend=blend)
    assert max_error(found, (1 - blend) * first + blend * second) < 1e-12
    assert torch.equal(said(class_labels=4, blended_with=7, blend=0.0), first)
    assert torch.equal(said(class_labels=4, blended_with=7, blend=1.0), second)


@pytest.mark.parametrize(
    ("guidance", "blend", "asked"),
    [(1.0, 0.3, [4, 7]), (2.0, 0.3, [9, 4, 7]), (1.0, 0.0, [4]), (2.0, 0.0, [9, 4]), (2.0, 1.0, [9, 7])],
)
def test_a_blended_step_is_one_call_of_no_more_than_it_needs(guidance, blend, asked):
    network = Network(by_label)
    keywords = {"class_labels": 4, "null_label": 9, "blended_with": 7, "guidance": guidance, "blend": blend}
    network_denoiser(network, LINEAR, **keywords)(noise(1, 2, 2, 2), 300)
    assert [labels.tolist() for _, _, labels in network.calls] == [asked]


def test_guidance_of_1_asks_once():
    network = Network(by_label)
    x_t = noise(3, 2, 2, 2)
    network_denoiser(network, LINEAR, class_labels=4, null_label=9, guidance=1.0)(x_t, 300)
    ((x, _, asked),) = network.calls
    assert torch.equal(x, x_t) and asked.tolist() == [4, 4, 4] and asked.dtype == torch.int64


@pytest.mark.parametrize("prediction", ["epsilon", "x0", "v"])
@pytest.mark.parametrize("phi", [0.3, 0.7, 1.0])
def test_rescale_equals_diffusers(prediction, phi):
    from diffusers.guiders.guider_utils import rescale_noise_cfg

    x_t = noise(3, 2, 5, 4)
    outputs = {4: noise(3, 2, 5, 4, seed=1), 9: 0.5 * noise(3, 2, 5, 4, seed=2) + 0.2}
    network = Network(lambda x, t, labels: torch.cat([outputs[9], outputs[4]]))
    keywords = {"prediction": prediction, "class_labels": 4, "null_label": 9, "clip": None}
    found = network_denoiser(network, LINEAR, guidance=6.0, rescale=phi, **keywords)(x_t, 300)
    guided = outputs[9] + 6.0 * (outputs[4] - outputs[9])
    theirs = rescale_noise_cfg(guided, outputs[4], guidance_rescale=phi)
    expected = to_x0_eps(theirs, x_t, LINEAR.alpha_bar[300], prediction)
    assert max_error(found.x0_hat, expected[0]) < 1e-12 and max_error(found.eps_hat, expected[1]) < 1e-12
    plain = network_denoiser(network, LINEAR, guidance=6.0, **keywords)(x_t, 300)
    assert max_error(found.x0_hat, plain.x0_hat) > 0.1


def test_rescale_of_1_has_the_deviation_of_the_conditional():
    cond, guided = noise(3, 2, 5, 4), 3 * noise(3, 2, 5, 4, seed=1) + 1
    found = rescaled(guided, cond, 1.0)
    assert max_error(found.flatten(1).std(1), cond.flatten(1).std(1)) < 1e-12
    assert torch.equal(rescaled(guided, cond, 0.0), guided)


def test_guidance_between_two_t_asks_once_outside():
    x_t, network = noise(3, 2, 2, 2), Network(by_label)
    keywords = {"prediction": "x0", "clip": None, "class_labels": 4, "null_label": 9}
    always = network_denoiser(by_label, LINEAR, guidance=3.0, rescale=0.5, **keywords)
    conditional = network_denoiser(by_label, LINEAR, **keywords)
    between = network_denoiser(network, LINEAR, guidance=3.0, rescale=0.5, guided_between=(200, 600.5), **keywords)
    for t, inside in ((1, False), (199, False), (200, True), (600.25, True), (601, False), (1000, False)):
        found = between(x_t, t)
        assert torch.equal(found.x0_hat, (always if inside else conditional)(x_t, t).x0_hat)
        x, _, asked = network.calls[-1]
        assert len(x) == (6 if inside else 3) and set(asked.tolist()) == ({9, 4} if inside else {4})


@pytest.mark.parametrize(
    ("class_labels", "null_label", "asked"),
    [
        (None, None, None),
        (None, 9, [9, 9, 9]),
        (0, None, [0, 0, 0]),
        (torch.tensor(2), 9, [2, 2, 2]),
        (torch.tensor([2]), 9, [2, 2, 2]),
        (torch.tensor([1, 2, 3], dtype=torch.int32), 9, [1, 2, 3]),
    ],
    ids=str,
)
def test_labels(class_labels, null_label, asked):
    network = Network(torch.zeros(3, 2, 2, 2))
    network_denoiser(network, LINEAR, class_labels=class_labels, null_label=null_label)(noise(3, 2, 2, 2), 5)
    labels = network.calls[0][2]
    assert (None if labels is None else labels.tolist()) == asked


@pytest.mark.parametrize("guidance", [1.0, 2.0])
def test_learned_variance_is_handed_on_unguided(guidance):
    x_t = noise(2, 3, 2, 2)

    def network(x, timestep, labels):
        mean = by_label(x, timestep, labels)
        return torch.cat([mean, 0.1 * mean.tanh()], dim=1)

    keywords = {"class_labels": 1, "null_label": 0, "clip": None, "prediction": "x0"}
    found = network_denoiser(network, LINEAR, guidance=guidance, **keywords)(x_t, 10)
    conditional = network_denoiser(by_label, LINEAR, **keywords)(x_t, 10).x0_hat
    assert found.x0_hat.shape == x_t.shape
    assert max_error(found.variance, 0.1 * conditional.tanh()) < 1e-14


def test_prediction_is_in_the_dtype_of_x():
    found = network_denoiser(lambda x, t, c: x.half(), LINEAR)(noise(1, 1, 2, 2), 10)
    assert found.x0_hat.dtype == found.eps_hat.dtype == torch.float64


def test_zero_terminal_snr_needs_v_or_x0():
    schedule = zero_terminal_snr(LINEAR)
    x_t = noise(1, 3, 4, 4)
    epsilon = network_denoiser(lambda x, t, c: x, schedule, prediction="epsilon")
    with pytest.raises(ValueError, match=r"ε-prediction says nothing .* t = 1000, where ᾱ is 0"):
        epsilon(x_t, 1000)
    assert epsilon(x_t, 999).x0_hat.isfinite().all()
    for prediction in ("v", "x0"):
        found = network_denoiser(lambda x, t, c: x, schedule, prediction=prediction, rederive_eps=True)(x_t, 1000)
        assert found.x0_hat.isfinite().all() and max_error(found.eps_hat, x_t) < 1e-15


@pytest.mark.parametrize("t", [0, 1001, -1, 0.5, 1000.5])
def test_levels_outside_are_index_errors(t):
    with pytest.raises(IndexError, match=rf"t = {t} is outside 1\.\.1000"):
        network_denoiser(lambda x, t, c: x, LINEAR)(noise(1, 1, 2, 2), t)


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"prediction": "eps"}, r"prediction = 'eps' is not one of epsilon, v, x0"),
        ({"clip": "hard"}, r"clip = 'hard' is not one of"),
        ({"guidance": 2.0}, r"guidance = 2 needs a class label and a null label"),
        ({"guidance": 2.0, "class_labels": 1}, r"needs a class label and a null label"),
        ({"guidance": 0.0, "null_label": 1}, r"needs a class label and a null label"),
        ({"rescale": 1.5}, r"rescale = 1.5 is outside 0\.\.1"),
        ({"blend": -0.5}, r"blend = -0.5 is outside 0\.\.1"),
        ({"guided_between": (5, 5)}, r"between t = 5 and t = 5 acts nowhere"),
        ({"guided_between": (-1, 5)}, r"acts nowhere"),
    ],
)
def test_bad_values_are_refused_in_words(keywords, words):
    with pytest.raises(ValueError, match=words):
        network_denoiser(lambda x, t, c: x, LINEAR, **keywords)


def test_what_does_not_fit_the_batch_is_refused_in_words():
    x_t = noise(3, 2, 2, 2)
    with pytest.raises(ValueError, match="2 class labels do not fit a batch of 3"):
        network_denoiser(lambda x, t, c: x, LINEAR, class_labels=torch.tensor([1, 2]))(x_t, 5)
    with pytest.raises(ValueError, match=r"returns 3 channels for pictures of 2; 2 or, with a learned variance, 4"):
        network_denoiser(Network(noise(3, 3, 2, 2)), LINEAR)(x_t, 5)


def test_prediction_is_frozen():
    prediction = Prediction(torch.zeros(1), torch.zeros(1))
    assert prediction.variance is None
    with pytest.raises(dataclasses.FrozenInstanceError):
        prediction.x0_hat = torch.ones(1)  # type: ignore[misc]


@pytest.mark.parametrize(("tau", "alpha_bar", "scale"), [(0.25, 0.9, 0.790569), (0.5, 0.5, 0.707107)])
def test_the_straight_path_is_the_process_on_another_scale(tau, alpha_bar, scale):
    """x_τ = (1-τ) x_0 + τ ε = c (√ᾱ x_0 + √(1-ᾱ) ε) with golden ᾱ and c; u = ε - x_0 leads back to both."""
    generator = torch.Generator().manual_seed(0)
    x_0, eps = torch.randn(2, 2, 3, 4, 4, generator=generator, dtype=torch.float64)
    x_t = alpha_bar**0.5 * x_0 + (1 - alpha_bar) ** 0.5 * eps
    torch.testing.assert_close((1 - tau) * x_0 + tau * eps, scale * x_t, rtol=1e-5, atol=1e-5)
    found = to_x0_eps(eps - x_0, x_t, alpha_bar, "flow")
    torch.testing.assert_close(found[0], x_0)
    torch.testing.assert_close(found[1], eps)
