"""Sampling: how a model's folder says that it is to be sampled, in the words of the samplers' catalog.

Words only: no torch, no Qt, no file. ``models`` reads them, and command line and window begin with them.
"""

from __future__ import annotations

from dataclasses import dataclass

from diffviz import catalog

# parameters of samplers that a folder may say, and what its scheduler_config calls them
SAID = {
    "variance": "variance_type: {}",
    "grid": "use_{}_sigmas: true",
    "last": "set_alpha_to_one: false",
}


@dataclass(frozen=True)
class Sampling:
    """The defaults of a chain; without a word of the folder's own, those of diffviz.

    Attributes:
        spacing: a name of ``catalog.SPACINGS``.
        offset: added to the levels of leading spacing.
        params: (name, value) pairs of samplers' parameters, none of them the catalog's default; a sampler takes those
            that it has.
        clips: whether it clips x̂_0.
        left_out: what the folder says and no sampler here can do, such as "use_beta_sigmas: true".
    """

    spacing: str = "trailing"
    offset: int = 0
    params: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()
    clips: bool = True

    def params_of(self, sampler: str) -> dict[str, str]:
        """What a sampler of ``catalog.SAMPLERS`` is given."""
        declared = {param.name for param in catalog.SAMPLERS[sampler].params}
        return {name: value for name, value in self.params if name in declared}

    def words(self, sampler: str) -> str:
        """What this sampler does of it, in few words: "leading + 1 · fixed large"."""
        params = self.params_of(sampler)
        spacing = catalog.SPACINGS[self.spacing].label + (f" + {self.offset}" if self.offset else "")
        said = [params["grid"]] if "grid" in params else []
        if not said or self.spacing == "leading":
            said.append(spacing)
        if sampler == "ddpm":
            said.append(params.get("variance", "fixed_small").replace("_", " "))
        if "last" in params:
            said.append("last ᾱ of t = 1")
        return " · ".join(said)

    def not_taken(self, sampler: str) -> tuple[str, ...]:
        """What the folder says that this sampler does not do, in the folder's own words."""
        taken = self.params_of(sampler)
        lost = (SAID[name].format(value) for name, value in self.params if name not in taken)
        return (*lost, *self.left_out)


PLAIN = Sampling()
