"""Randomness: ε of (seed, shape), and one generator a sample."""

import pytest
import torch

from diffviz.diffusion import SCHEDULES
from diffviz.engine import noise
from diffviz.engine.noise import ChainNoise, ForwardNoise, fresh_noise, held_noise

SHAPE = (3, 8, 8)


def test_held_noise_is_a_function_of_seed_and_shape() -> None:
    first = held_noise(7, SHAPE)
    torch.randn(5)  # the global generator has no part in it
    assert torch.equal(first, held_noise(7, SHAPE))
    assert first.shape == (1, *SHAPE) and first.dtype == torch.float32
    assert not torch.equal(first, held_noise(8, SHAPE))
    assert held_noise(7, (3, 4, 4)).shape == (1, 3, 4, 4)


def test_held_noise_is_unit_gaussian() -> None:
    eps = held_noise(0, (3, 256, 256))
    assert abs(float(eps.mean())) < 0.01
    assert abs(float(eps.std()) - 1) < 0.01
    assert float(eps.abs().max()) > 4  # not uniform


def test_held_noise_is_independent_from_pixel_to_pixel_and_channel_to_channel() -> None:
    """Means over seeds scatter by 1/√n, neighbours do not correlate: four deviations are allowed."""
    every = torch.cat([held_noise(seed, (3, 96, 96)) for seed in range(16)]).double()
    n = every[0].numel()
    means, variances = every.flatten(1).mean(dim=1), every.flatten(1).var(dim=1)
    assert float((means * n**0.5).square().mean()) == pytest.approx(1, abs=4 * (2 / 16) ** 0.5)
    assert float(((variances - 1) * (n / 2) ** 0.5).square().mean()) == pytest.approx(1, abs=4 * (2 / 16) ** 0.5)
    for dim in range(4):  # of seeds, channels, rows, columns
        product = every.narrow(dim, 1, every.shape[dim] - 1) * every.narrow(dim, 0, every.shape[dim] - 1)
        assert abs(float(product.mean())) < 4 / product.numel() ** 0.5


def test_sample_k_has_its_own_generator_seeded_seed_plus_k() -> None:
    noise = ChainNoise(5, 4)
    start, z = noise.start(SHAPE), noise.randn_like(torch.empty(4, *SHAPE))
    for k in range(4):
        generator = torch.Generator().manual_seed(5 + k)
        assert torch.equal(start[k], torch.randn(1, *SHAPE, generator=generator)[0])
        assert torch.equal(z[k], torch.randn(1, *SHAPE, generator=generator)[0])


def test_the_number_of_samples_changes_no_sample() -> None:
    one, many = ChainNoise(3, 1), ChainNoise(3, 16)
    for draw in range(3):
        a = one.start(SHAPE) if draw == 0 else one.randn_like(torch.empty(1, *SHAPE))
        b = many.start(SHAPE) if draw == 0 else many.randn_like(torch.empty(16, *SHAPE))
        assert torch.equal(a[0], b[0])


def test_the_chain_starts_from_the_held_noise_of_its_seed() -> None:
    assert torch.equal(ChainNoise(9, 1).start(SHAPE), held_noise(9, SHAPE))


def test_noise_has_the_states_dtype() -> None:
    assert ChainNoise(0, 1).randn_like(torch.empty(1, *SHAPE, dtype=torch.float64)).dtype == torch.float64


def test_columns_repeat_their_noises_in_every_row() -> None:
    columns, grid = ChainNoise(3, 4), ChainNoise(3, 14, columns=4)  # the last row is not full
    for draw in (lambda n, k: n.start(SHAPE), lambda n, k: n.randn_like(torch.empty(k, *SHAPE))):
        row, all_ = draw(columns, 4), draw(grid, 14)
        assert all(torch.equal(all_[k], row[k % 4]) for k in range(14))


def test_skipping_is_drawing() -> None:
    drawn, skipped = ChainNoise(3, 2), ChainNoise(3, 2)
    drawn.start(SHAPE)
    for _ in range(3):
        drawn.randn_like(torch.empty(2, *SHAPE))
    skipped.skip(SHAPE, 3)
    assert skipped.draws == drawn.draws == 3
    assert torch.equal(skipped.randn_like(torch.empty(2, *SHAPE)), drawn.randn_like(torch.empty(2, *SHAPE)))


def test_samples_of_the_last_seed_have_seeds_too() -> None:
    noise = ChainNoise(2**31 - 1, 3).start((1, 2, 2))
    for k, seed in enumerate((2**31 - 1, 0, 1)):
        assert torch.equal(noise[k : k + 1], ChainNoise(seed, 1).start((1, 2, 2)))


def test_fresh_noise_is_a_function_of_seed_level_and_number() -> None:
    drawn = [fresh_noise(seed, t, SHAPE, k) for seed in (0, 1) for t in (1, 2) for k in (0, 3)]
    assert torch.equal(drawn[0], fresh_noise(0, 1, SHAPE))
    assert all(not torch.equal(a, b) for i, a in enumerate(drawn) for b in drawn[:i])


def test_held_noise_stays_and_fresh_noise_is_gathered_up_to_it() -> None:
    schedule = SCHEDULES["linear"](50)
    held, fresh = ForwardNoise(3, SHAPE), ForwardNoise(3, SHAPE, schedule)
    assert held.eps(0) is held.eps(20) and torch.equal(held.eps(20), held_noise(3, SHAPE))
    assert torch.equal(fresh.eps(50), held_noise(3, SHAPE))  # both films end in one x_T
    assert not torch.equal(fresh.eps(20), fresh.eps(21)) and fresh.eps(0) is fresh.eps(1)
    assert torch.equal(fresh.eps(20), ForwardNoise(3, SHAPE, schedule).eps(20))


def test_what_is_drawn_at_once_is_what_is_drawn_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = SCHEDULES["linear"](50)
    alone = ForwardNoise(3, SHAPE, schedule)
    monkeypatch.setattr(noise, "MANY", 1)
    together = ForwardNoise(3, SHAPE, schedule)
    for t in (7, 31, 8):
        assert torch.equal(alone.eps(t), together.eps(t))
