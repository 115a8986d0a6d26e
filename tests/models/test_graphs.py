"""Replay stands in for the network only where it says the same; captured here by a stand-in for CUDA."""

from __future__ import annotations

import pytest
import torch

from diffviz.models import graphs
from diffviz.models.graphs import Graph, Graphs


class Network:
    def __init__(self):
        self.calls = 0

    def __call__(self, x, timestep):
        self.calls += 1
        return x * timestep.view(-1, 1)


@pytest.fixture
def captures(monkeypatch):
    """What is captured, by a recorder that runs the network on its own inputs, as a replay does."""
    made = []

    def capture(network, given):
        own = tuple(each.clone() for each in given)
        output = torch.empty_like(given[0])
        made.append(own)
        return Graph(own, output, lambda: output.copy_(own[0] * own[1].view(-1, 1)))

    monkeypatch.setattr(graphs, "capture", capture)
    return made


def given(batch, value=1.0, dtype=torch.int64):
    return torch.full((batch, 2), value), torch.arange(batch).to(dtype)


def test_the_first_call_is_the_networks_and_the_others_are_replays(captures):
    network = Network()
    fast = Graphs(network)
    for k in range(5):
        assert torch.equal(fast(*given(3, float(k))), Network()(*given(3, float(k))))
    assert network.calls == 1 and len(captures) == 1 and fast.captured == 1


def test_an_answer_is_the_callers_own(captures):
    fast = Graphs(Network())
    fast(*given(2))
    first = fast(*given(2, 1.0))
    fast(*given(2, 7.0))
    assert torch.equal(first, Network()(*given(2, 1.0)))


def test_each_size_and_kind_of_level_has_its_own_and_few_are_kept(captures):
    fast = Graphs(Network())
    for batch in (1, 2, 3, 1):
        fast(*given(batch))
    fast(*given(1, dtype=torch.float32))
    assert len(captures) == 4 and fast.captured == 4
    fast(*given(5))
    assert fast.captured == graphs.KEPT
    assert torch.equal(fast(*given(2, 3.0)), Network()(*given(2, 3.0))), "one that was let go"


def test_large_batches_are_left_to_the_network(captures):
    network = Network()
    fast = Graphs(network)
    for _ in range(3):
        fast(*given(graphs.MAX_BATCH + 1))
    assert network.calls == 3 and not captures


@pytest.mark.parametrize("error", [RuntimeError("capture is not supported"), torch.OutOfMemoryError("no room")])
def test_where_capturing_fails_the_network_goes_on(monkeypatch, error):
    tried = []

    def fail(*_):
        tried.append(1)
        raise error

    monkeypatch.setattr(graphs, "capture", fail)
    network = Network()
    fast = Graphs(network)
    for k in range(3):
        assert torch.equal(fast(*given(2, float(k))), Network()(*given(2, float(k))))
    assert network.calls == 3 and len(tried) == 1


def test_a_replay_that_says_something_else_is_not_used(monkeypatch):
    def lying(network, given):
        output = torch.zeros_like(given[0])
        return Graph(given, output, lambda: output.fill_(9.0))

    monkeypatch.setattr(graphs, "capture", lying)
    network = Network()
    fast = Graphs(network)
    for _ in range(2):
        assert torch.equal(fast(*given(2)), Network()(*given(2)))
    assert network.calls == 2


def test_a_step_that_fails_on_the_device_is_heard(captures):
    def broken(*_):
        raise RuntimeError("device-side assert")

    with pytest.raises(RuntimeError, match="device-side assert"):
        Graphs(broken)(*given(2))
