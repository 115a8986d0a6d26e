"""A network without its Python: its operations, recorded once and then run in one call.

A third of a small network's step is the Python of its 200 modules, and all of it holds Python's lock, which the
window's thread needs to paint. TorchScript runs the recorded operations, the same ones on the same weights, with the
lock released.
"""

from __future__ import annotations

import json
import logging
import math
import warnings
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from diffviz.models.closed_form import ClosedForm
from diffviz.models.cores import in_parts
from diffviz.models.graphs import Graphs
from diffviz.models.worded import WordedNetwork

if TYPE_CHECKING:
    from diffusers import UNet2DModel

log = logging.getLogger(__name__)

# Weights times pixels, about the multiplications of a step. Above it a step takes a quarter of a second or more: Python
# is a fiftieth of that, and recording takes many steps.
MAX_WORK = 1e11
# Recordings that are in use, by outline: networks that differ in their weights alone, such as the checkpoints of a
# training, share one.
_IN_USE: weakref.WeakValueDictionary[tuple[object, ...], _Recording] = weakref.WeakValueDictionary()
_BATCH = 2  # recorded with; no 1, which torch could take for a size to be stretched


class Forward:
    """``(x, timestep, class_labels) -> output`` of a network in eval mode: recorded where that is known to be equal.

    Only on the CPU, for networks of at most ``MAX_WORK``, while no layer has a hook; only for samples of ``shape``
    that ask for no gradient. Everything else is left to the network itself. No weights are copied. On the CPU a batch
    is computed in parts, on all cores; on CUDA small batches are replayed (``graphs``).

    Args:
        network: float32, in eval mode.
        shape: of a sample.
    """

    def __init__(self, network: UNet2DModel | ClosedForm, shape: tuple[int, ...]) -> None:
        self._network, self._shape = network, shape
        self._unconditional = _classes(network) is None and not isinstance(network, WordedNetwork)
        # torch fills these same dicts when a hook is added
        self._hooks = [hooks for part in network.modules() for hooks in (part._forward_hooks, part._forward_pre_hooks)]
        # a recording calls no hooks, and keeps as constants what Python computes: the level of an exact network, and
        # whatever a person's own function does
        left_alone = isinstance(network, ClosedForm) or any(self._hooks)
        self._recorded = None if left_alone else _recorded(network, shape)
        # not a person's own function, which may know of one thread only
        self._in_parts = not isinstance(network, ClosedForm) and network.device.type == "cpu"
        small = not left_alone and network.device.type == "cuda" and _work(network, shape) <= MAX_WORK
        self._graphs = Graphs(self._plain) if small else None

    @property
    def is_recorded(self) -> bool:
        return self._recorded is not None

    def __call__(self, x: Tensor, timestep: Tensor, class_labels: Tensor | None) -> Tensor:
        """The output (B, C or 2C, H, W).

        Args:
            x: float32 (B, C, H, W), channels_last.
            timestep: (B,), int64 or float32.
            class_labels: int64 (B,), of words and texts (B, ...), or None for an unconditional network.
        """
        if x.requires_grad or any(self._hooks):
            return self._plain(x, timestep, class_labels)
        fits = x.shape[1:] == self._shape and (class_labels is None) == self._unconditional
        if self._in_parts:
            return in_parts(self._recorded if self._recorded and fits else self._plain, x, timestep, class_labels)
        if self._graphs is not None and fits:
            return self._graphs(x, timestep, *(() if class_labels is None else (class_labels,)))
        return self._plain(x, timestep, class_labels)

    def _plain(self, x: Tensor, timestep: Tensor, class_labels: Tensor | None = None) -> Tensor:
        return self._network(x, timestep, class_labels, return_dict=False)[0]


class _Plain(torch.nn.Module):
    """The network with tensors in and one tensor out, as the recorder wants it."""

    def __init__(self, network: UNet2DModel) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, timestep: Tensor, class_labels: Tensor | None = None) -> Tensor:
        return self.network(x, timestep, class_labels, return_dict=False)[0]


class _Recording:
    """The operations of a network as one function of its arguments and weights."""

    def __init__(self, plain: _Plain, example: tuple[Tensor, ...]) -> None:
        with warnings.catch_warnings():
            # diffusers' checks of shapes, which are the same for all that is let in
            warnings.simplefilter("ignore", torch.jit.TracerWarning)
            # torch would rather compile, which asks the user for a C++ compiler and half a minute
            warnings.filterwarnings("ignore", r"`?torch\.jit\.")
            # Not torch.jit.trace: what that makes belongs to a register of torch's which gives nothing back, 20 to
            # 40 MB a network. This is the graph alone, with the weights as arguments, and goes with its last user.
            graph, _ = torch.jit._get_trace_graph(plain, example)
        _spare_memory(graph)
        self._run: Callable[..., Tensor] = torch._C._create_function_from_graph("forward", graph)

    def __call__(self, *given: Tensor) -> Tensor:
        return self._run(*given)


def _spare_memory(graph: torch._C.Graph) -> None:
    """Write over what nobody else reads, and divide nothing by one.

    An activation takes the place of the normalised values, a sum that of a convolution's: the same numbers, of 16
    samples, which do not fit a core's cache, in 6 % less time.
    """
    for node in list(graph.nodes()):
        given = list(node.inputs())
        if node.kind() == "aten::silu" and _ends_in(given[0], "aten::group_norm"):
            _replace(node, graph.create("aten::silu_", given, 1))
        elif node.kind() == "aten::add":
            sums = [each for each in given[:2] if _ends_in(each, "aten::_convolution")]
            if sums:
                other = given[1] if given[0].debugName() == sums[0].debugName() else given[0]
                _replace(node, graph.create("aten::add_", [sums[0], other, given[2]], 1))
        elif node.kind() == "aten::div" and given[1].toIValue() == 1:
            node.output().replaceAllUsesWith(given[0])
            node.destroy()


def _ends_in(value: torch._C.Value, kind: str) -> bool:
    """Whether ``value`` comes new from such an operation and is read once."""
    return value.node().kind() == kind and len(value.uses()) == 1


def _replace(node: torch._C.Node, other: torch._C.Node) -> None:
    other.insertBefore(node)
    node.output().replaceAllUsesWith(other.output())
    node.destroy()


@torch.no_grad()
def _recorded(network: UNet2DModel, shape: tuple[int, ...]) -> Callable[..., Tensor] | None:
    """The recording, after it gave the network's numbers for another batch, level and class; None where it cannot."""
    if network.device.type != "cpu" or _work(network, shape) > MAX_WORK:
        return None
    plain = _Plain(network).eval()
    outline = _outline(network, shape)
    try:
        recording = _IN_USE.get(outline) or _Recording(plain, _example(network, shape, _BATCH))
        weights = _weights(plain)
        # Held by torch itself too: of a tensor that Python alone holds torch asks for Python's lock whenever a
        # recording takes it up or lets it go, which is 500 times a step
        held = torch._C.ScriptList(weights)

        def recorded(*given: Tensor, _held: object = held) -> Tensor:
            return recording(*given, *weights)

        for seed in (1, 2):  # twice: TorchScript plans its work in the first two runs, which take ten times as long
            example = _example(network, shape, 1, seed)
            if not torch.allclose(recorded(*example), plain(*example), rtol=1e-4, atol=1e-5):
                raise RuntimeError("the recording gives other numbers than the network")
    except Exception as error:  # whatever a library says; the network itself works
        log.info("the network stays as it is: %s", error)
        return None
    _IN_USE[outline] = recording
    return recorded


def _weights(plain: _Plain) -> list[Tensor]:
    """Weights and buffers as the recorder counts them: in the order of the state dict, each once."""
    return list({id(each): each for each in plain.state_dict(keep_vars=True).values()}.values())


def _work(network: UNet2DModel, shape: tuple[int, ...]) -> int:
    """Weights times pixels."""
    return sum(weight.numel() for weight in network.parameters()) * math.prod(shape[1:])


def _outline(network: UNet2DModel, shape: tuple[int, ...]) -> tuple[object, ...]:
    """What two networks share that differ in their weights alone."""
    config = {key: value for key, value in network.config.items() if not key.startswith("_")}
    return type(network).forward, shape, json.dumps(config, sort_keys=True, default=repr)


def _example(network: UNet2DModel, shape: tuple[int, ...], batch: int, seed: int = 0) -> tuple[Tensor, ...]:
    """Arguments of the network that differ with the seed."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn((batch, *shape), generator=generator).to(memory_format=torch.channels_last)
    levels = network.config["num_train_timesteps"] or 1000
    timestep = torch.full((batch,), levels * (seed + 1) // 4)
    if isinstance(network, WordedNetwork):
        return x, timestep, network.example_labels(batch, seed)
    classes = _classes(network)
    return (x, timestep) if classes is None else (x, timestep, torch.full((batch,), seed % classes))


def _classes(network: UNet2DModel | ClosedForm) -> int | None:
    count: int | None = network.config["num_class_embeds"]
    return count
