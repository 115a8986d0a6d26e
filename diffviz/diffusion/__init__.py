"""The paper, nothing else: schedules, the forward process, denoisers and samplers. No Qt, no threads, no files.

Schedules and lists of levels need numpy only; what needs torch is loaded on first use.
"""

# ruff: noqa: F401  for type checkers, who cannot see what is loaded on first use

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from diffviz.diffusion.levels import sigma_levels, step_levels
from diffviz.diffusion.quantities import posterior_columns, quantities, quantities_at
from diffviz.diffusion.schedules import SCHEDULES, NoiseSchedule, zero_terminal_snr

if TYPE_CHECKING:
    from diffviz.diffusion.denoiser import Denoiser, Prediction, network_denoiser
    from diffviz.diffusion.exact import ExactDenoiser, exact_denoiser
    from diffviz.diffusion.forward import add_noise, forward_step, posterior, posterior_coefficients
    from diffviz.diffusion.inpainting import inpaint
    from diffviz.diffusion.inversion import InversionStep, ddim_inversion
    from diffviz.diffusion.mixture import Mixture
    from diffviz.diffusion.reverse import ReverseStep
    from diffviz.diffusion.samplers import SAMPLERS
    from diffviz.diffusion.theory import forward_chain, kl_to_prior, vlb_terms

_HOMES = {
    "denoiser": ("Denoiser", "Prediction", "network_denoiser"),
    "exact": ("ExactDenoiser", "exact_denoiser"),
    "forward": ("add_noise", "forward_step", "posterior", "posterior_coefficients"),
    "inpainting": ("inpaint",),
    "inversion": ("InversionStep", "ddim_inversion"),
    "mixture": ("Mixture",),
    "reverse": ("ReverseStep",),
    "samplers": ("SAMPLERS",),
    "theory": ("forward_chain", "kl_to_prior", "vlb_terms"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}
__all__ = [
    "SCHEDULES",
    "NoiseSchedule",
    "posterior_columns",
    "quantities",
    "quantities_at",
    "sigma_levels",
    "step_levels",
    "zero_terminal_snr",
    *_HOME,
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value  # the next use does not come here
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
