"""A batch in parts on all cores is the batch."""

from __future__ import annotations

import threading

import pytest
import torch

from diffviz.models import cores, load_model
from diffviz.models.cores import in_parts


def network(x, timestep, labels=None):
    shift = timestep if labels is None else timestep + labels
    return x * 2 + shift.view(-1, 1, 1, 1)


def given(size):
    x = torch.arange(3.0 * size).view(size, 3, 1, 1)
    return x, torch.arange(size), 10 * torch.arange(size)


@pytest.fixture(params=[1, 2, 3, 8])
def count(request, monkeypatch):
    monkeypatch.setattr(cores, "cores", lambda: request.param)
    return request.param


@pytest.mark.parametrize("size", [1, 2, 5, 16, 63, 64, 130])
def test_each_sample_gets_what_is_its_own_and_stands_in_its_place(count, size):
    x, timestep, labels = given(size)
    assert torch.equal(in_parts(network, x, timestep, labels), network(x, timestep, labels))
    assert torch.equal(in_parts(network, x, timestep, None), network(x, timestep))


@pytest.mark.parametrize("size", [1, 2, 16, 64, 200])
def test_every_core_has_a_part_and_none_is_larger_than_a_recording_knows(count, size):
    sizes, names = [], set()

    def watched(x, timestep):
        sizes.append(len(x))
        names.add(threading.current_thread().name)
        return x

    in_parts(watched, *given(size)[:2])
    assert sum(sizes) == size and max(sizes) <= (cores.MOST if count == 1 else cores.PART)
    assert max(sizes) - min(sizes) <= 1
    assert len(sizes) >= min(count, size)
    if min(count, size) == 1:
        assert names == {threading.current_thread().name}


def test_the_same_batch_is_cut_alike_again(count):
    def cut(size):
        first: list[float] = []
        in_parts(lambda x: first.append(float(x[0, 0, 0, 0])) or x, given(size)[0])
        return sorted(first)

    assert cut(45) == cut(45)


def test_parts_take_one_thread_of_torch_and_leave_the_callers_number_alone(monkeypatch):
    monkeypatch.setattr(cores, "cores", lambda: 2)
    seen = []
    before = torch.get_num_threads()
    in_parts(lambda x: seen.append((torch.get_num_threads(), torch.is_grad_enabled())) or x, given(4)[0])
    with torch.no_grad():
        in_parts(lambda x: seen.append((torch.get_num_threads(), torch.is_grad_enabled())) or x, given(2)[0])
    assert seen == [(1, True)] * 2 + [(1, False)] * 2
    assert torch.get_num_threads() == before


def test_what_a_part_raises_reaches_the_caller(monkeypatch):
    monkeypatch.setattr(cores, "cores", lambda: 2)

    def fails(x):
        if float(x[0, 0, 0, 0]) > 0:
            raise ValueError("the second part")
        return x

    with pytest.raises(ValueError, match="the second part"):
        in_parts(fails, given(4)[0])


@pytest.mark.parametrize("size", [2, 9, 16])
def test_a_network_in_parts_equals_itself(monkeypatch, size):
    """To 1e-5 of the largest number: torch chooses its algorithms by the size of a batch."""
    model = load_model("emoji-32")
    x = torch.randn(size, *model.sample_shape, generator=torch.Generator().manual_seed(size))
    arguments = x, torch.full((size,), 500), torch.arange(size)
    monkeypatch.setattr(cores, "cores", lambda: 1)
    whole = model.run_network(*arguments)
    monkeypatch.setattr(cores, "cores", lambda: 2)
    split = model.run_network(*arguments)
    assert float((split - whole).abs().max()) <= 1e-5 * float(whole.abs().max())
    assert torch.equal(split, model.run_network(*arguments))
