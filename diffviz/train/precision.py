"""bf16 where it is faster, and what stays in float32 so that it is."""

from __future__ import annotations

from typing import Any

import torch


def best_precision(device: str) -> str:
    """ "bf16" on CUDA devices that have it, and on CPUs that multiply it (AVX512_BF16, as all with AMX); else "fp32".

    On a CPU without these instructions bf16 is converted back and forth and slower than float32.
    """
    if device == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"
    asked = getattr(torch.cpu, "_is_avx512_bf16_supported", None)  # torch has no public question for it
    return "bf16" if device == "cpu" and asked is not None and asked() else "fp32"


def keep_slow_layers_in_float32(network: torch.nn.Module) -> None:
    """Under autocast on a CPU, let norms and attention compute in float32, as autocast on CUDA does with norms.

    Their bf16 kernels are slow there: measured on the "small" network at 32x32, one core with AMX, a step of 32
    pictures takes 0.61 s in float32, 0.50 s in bf16 throughout, and 0.37 s with this. On another with AVX512_BF16 alone
    it takes 1.00 s in float32 and 0.66 s with this.
    """
    from diffviz.models.network import attention_layer

    attention = attention_layer()
    for module in network.modules():
        if isinstance(module, torch.nn.GroupNorm):
            module.register_forward_pre_hook(_to_float32)
        elif isinstance(module, attention):
            module.register_forward_pre_hook(_all_to_float32, with_kwargs=True)
            # the module's own linear layers would go back to bf16
            module.forward = torch.autocast("cpu", enabled=False)(module.forward)


def _to_float32(module: torch.nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    return (inputs[0].float(), *inputs[1:])


def _all_to_float32(
    module: torch.nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What it attends to comes by name."""
    return tuple(map(_widened, inputs)), {name: _widened(value) for name, value in named.items()}


def _widened(value: Any) -> Any:
    return value.float() if isinstance(value, torch.Tensor) and value.is_floating_point() else value
