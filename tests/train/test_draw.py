"""What is drawn at a step: a function of seed and step, the same however many processes share it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from diffviz.train.draw import Draw, stream_seed
from diffviz.train.pictures import Pictures
from diffviz.train.recipe import Recipe

COUNT = 10


@pytest.fixture
def pictures():
    """Picture k is grey k; the last is held out."""
    pixels = np.broadcast_to(np.arange(COUNT, dtype=np.uint8)[:, None, None, None], (COUNT, 3, 4, 4)).copy()
    held_out = np.arange(COUNT) == COUNT - 1
    labels = np.arange(COUNT, dtype=np.int64) % 3
    return Pictures(pixels, labels, tuple(map(str, range(COUNT))), ("a", "b", "c"), held_out)


def draw(pictures, rank=0, world=1, **changes):
    recipe = Recipe(**({"batch": 4, "size": 4, "steps": 1, "drop_class": 0.0} | changes))
    return Draw(pictures, recipe, torch.device("cpu"), rank, world)


def numbers(batch):
    """Which pictures a batch holds."""
    return ((batch.x_0[:, 0, 0, 0] + 1) * 127.5).round().long().tolist()


def same(a, b):
    for name in ("x_0", "labels", "t", "eps"):
        assert_close(getattr(a, name), getattr(b, name), rtol=0, atol=0)


def test_a_batch_depends_on_seed_and_step_alone(pictures):
    one, other = draw(pictures), draw(pictures)
    for step in (5, 0, 3):
        other.batch(step)
    same(one.batch(7), other.batch(7))
    assert not torch.equal(one.batch(7).eps, one.batch(8).eps)
    assert not torch.equal(one.batch(7).eps, draw(pictures, seed=1).batch(7).eps)


def test_every_picture_comes_once_a_round_and_held_out_ones_never(pictures):
    drawn = draw(pictures)
    seen = [k for step in range(9) for k in numbers(drawn.batch(step))]  # 36 = 4 rounds of 9
    for number in range(4):
        assert sorted(seen[9 * number : 9 * number + 9]) == list(range(9))
    assert seen[:9] != seen[9:18]


def test_a_batch_larger_than_the_folder_takes_several_rounds(pictures):
    seen = numbers(draw(pictures, batch=20).batch(1))
    assert len(seen) == 20
    assert set(seen) == set(range(9))


def test_shares_of_two_processes_make_the_whole(pictures):
    whole = draw(pictures, drop_class=0.5, flip=True).batch(3)
    shares = [draw(pictures, rank, 2, drop_class=0.5, flip=True).batch(3) for rank in range(2)]
    for name in ("x_0", "labels", "t", "eps"):
        assert torch.equal(getattr(whole, name), torch.cat([getattr(share, name) for share in shares]))


def test_levels_cover_1_to_T_and_labels_are_dropped_as_asked(pictures):
    batch = draw(pictures, batch=4000, T=10, drop_class=0.25).batch(0)
    counts = torch.bincount(batch.t, minlength=11)
    assert counts[0] == 0
    assert counts[1:].min() > 300
    dropped = (batch.labels == 3).float().mean()
    assert 0.2 < float(dropped) < 0.3
    kept = batch.labels != 3
    assert torch.equal(batch.labels[kept], (torch.tensor(numbers(batch)) % 3)[kept])


def test_half_of_the_levels_come_from_the_focus_and_the_rest_from_all(pictures):
    t = draw(pictures, batch=6000, T=10, focus=(8, 10)).batch(0).t
    counts = torch.bincount(t, minlength=11)[1:] / 6000
    assert counts[:7].sub(0.05).abs().max() < 0.012
    assert counts[7:].sub(0.05 + 0.5 / 3).abs().max() < 0.02
    whole = draw(pictures, batch=40).batch(2)
    focused = draw(pictures, batch=40, focus=(900, 1000)).batch(2)  # nothing else changes
    assert torch.equal(whole.x_0, focused.x_0) and torch.equal(whole.eps, focused.eps)
    assert 8 < int((whole.t == focused.t).sum()) < 32


def test_noise_is_unit_gaussian(pictures):
    eps = draw(pictures, batch=500).batch(0).eps
    assert abs(float(eps.mean())) < 0.02
    assert abs(float(eps.std()) - 1) < 0.02


def test_half_of_the_pictures_are_mirrored(pictures):
    pictures.pixels[:] = np.arange(4, dtype=np.uint8)  # brightness rises to the right
    batch = draw(pictures, batch=1000, flip=True).batch(0)
    rising = batch.x_0[:, 0, 0, 0] < batch.x_0[:, 0, 0, -1]
    assert 0.42 < float(rising.float().mean()) < 0.58
    assert (draw(pictures, batch=100).batch(0).x_0[:, 0, 0, 0] == -1).all()


def test_without_classes_there_are_no_labels(pictures):
    bare = Pictures(pictures.pixels, pictures.labels * 0, pictures.names, (), pictures.held_out)
    assert draw(bare).batch(0).labels is None


def test_streams_of_a_seed_differ():
    seeds = {stream_seed(seed, stream, step) for seed in range(3) for stream in range(4) for step in range(50)}
    assert len(seeds) == 600
    assert all(0 <= seed < 2**63 for seed in seeds)
