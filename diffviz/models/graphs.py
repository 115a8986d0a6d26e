"""A small network on CUDA without the launching: its kernels, captured once for a batch size and replayed in one call.

At batch 1 a GPU is done with a kernel long before Python has launched the next one. A replay launches all of them at
once. What is captured was compared with the network; whatever goes wrong leaves the network itself.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

log = logging.getLogger(__name__)

MAX_BATCH = 16  # above it the kernels take longer than their launch
KEPT = 4  # batch sizes: each keeps the memory of one step
WARM = 3  # runs before a capture, in which libraries choose their algorithms

Network = Callable[..., Tensor]
Key = tuple[tuple[tuple[int, ...], torch.dtype], ...]


@dataclass(frozen=True)
class Graph:
    """Kernels that read ``given`` and write ``output``."""

    given: tuple[Tensor, ...]
    output: Tensor
    replay: Callable[[], None]

    def __call__(self, *given: Tensor) -> Tensor:
        for own, new in zip(self.given, given, strict=True):
            own.copy_(new)
        self.replay()
        return self.output.clone()  # the next replay writes there


def capture(network: Network, given: tuple[Tensor, ...]) -> Graph:
    """The network's kernels for tensors like these."""
    own = tuple(each.clone() for each in given)
    here, aside = torch.cuda.current_stream(), torch.cuda.Stream()
    aside.wait_stream(here)
    with torch.cuda.stream(aside):
        for _ in range(WARM):
            network(*own)
    here.wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    # of this thread alone: the thread that brings the last state to the CPU must not spoil it
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        output = network(*own)
    return Graph(own, output, graph.replay)


class Graphs:
    """``network(*given)`` by replay where it pays. Not for networks that keep numbers between calls, or with hooks."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._graphs: OrderedDict[Key, Graph] = OrderedDict()
        self._works = True

    @property
    def captured(self) -> int:
        return len(self._graphs)

    @torch.no_grad()
    def __call__(self, *given: Tensor) -> Tensor:
        if not self._works or len(given[0]) > MAX_BATCH:
            return self._network(*given)
        key = tuple((tuple(each.shape), each.dtype) for each in given)
        if key in self._graphs:
            self._graphs.move_to_end(key)
            return self._graphs[key](*given)
        return self._first(key, given)

    def _first(self, key: Key, given: tuple[Tensor, ...]) -> Tensor:
        """The network's own answer; the next time it is a replay, if that says the same."""
        expected = self._network(*given)
        while len(self._graphs) >= KEPT:
            self._graphs.popitem(last=False)
        try:
            graph = capture(self._network, given)
            if not torch.allclose(graph(*given), expected, rtol=1e-3, atol=1e-4):
                raise RuntimeError("the replay gives other numbers than the network")
        except torch.OutOfMemoryError:  # for a second copy: the step itself has worked
            log.info("no room for a graph of a batch of %d", len(given[0]))
            self._works = False
        except RuntimeError as error:
            log.info("the network stays as it is: %s", error)
            self._works = False
        else:
            self._graphs[key] = graph
        return expected
