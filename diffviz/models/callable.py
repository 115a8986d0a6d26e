"""A person's own function or module as a network: it is called as it is, and never recorded or copied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from diffviz.models.closed_form import ClosedForm


class CallableNetwork(ClosedForm):
    """It is called as it is.

    Args:
        function: ``(x, timestep)`` or, where it knows classes, ``(x, timestep, class_labels)`` to a tensor, a tuple
            that begins with one, or an object with one as ``sample``.
        channels: of a sample. classes: how many labels it knows, or None.
        pointwise: samples are clouds (n, D), and it is asked about single points: x (N, D), timestep (N,).
    """

    def __init__(
        self,
        function: Callable[..., Any],
        channels: int,
        classes: int | None,
        device: torch.device,
        pointwise: bool = False,
    ) -> None:
        super().__init__(channels, "callable", classes)
        self._pointwise = pointwise
        self._function = [function]  # in a list, so that a module does not become a part of this one
        self._device = device
        # what tells one function from another: they have no weights that are known
        self.mark = torch.nn.Parameter(torch.tensor([float(id(function))], dtype=torch.float64), requires_grad=False)

    @property
    def device(self) -> torch.device:
        return self._device

    @property
    def dtype(self) -> torch.dtype:
        return torch.float32

    def forward(
        self, x: Tensor, timestep: Tensor, class_labels: Tensor | None = None, return_dict: bool = False
    ) -> tuple[Tensor]:
        """(output,) of x (B, *S), as float32."""
        told: tuple[Tensor, ...] = (timestep,) if class_labels is None else (timestep, class_labels)
        if self._pointwise:
            told = tuple(each.repeat_interleave(x.shape[1]) for each in told)
        out = self._function[0](x.flatten(0, 1) if self._pointwise else x, *told)
        out = getattr(out, "sample", out)
        out = (out[0] if isinstance(out, tuple) else out).to(torch.float32)
        whole = self._pointwise and out.shape == (x.shape[0] * x.shape[1], x.shape[2])
        return (out.view_as(x) if whole else out,)
