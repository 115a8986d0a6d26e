"""What a chain begins with where it is more than noise: a picture at a level, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import Tensor

from diffviz.engine.tensors import x_0_of

if TYPE_CHECKING:
    from diffviz.models import Model


@dataclass(frozen=True)
class Beginning:
    """``x_0``: (1, *S), noised to exactly ``level`` with the seed's ε.

    ``keep``: (1, 1, H, W), 1 where x_0 is kept at every level ("in-painting") and 0 where it is drawn anew; None: it is
    only begun with ("denoise from here").
    """

    x_0: Tensor
    level: int
    keep: Tensor | None = None

    @staticmethod
    def of(model: Model, datum: Any, level: int, mask: Any = None) -> Beginning:
        """Both cut to the model's shape; the datum is kept where the mask is lighter than the middle grey.

        Raises:
            ValueError: if the model takes no such data, or nothing would be drawn anew.
        """
        x_0 = x_0_of(model.kind, datum, model.sample_shape)
        if mask is None:
            return Beginning(x_0, level)
        keep = (x_0_of(model.kind, mask, model.sample_shape).mean(dim=1, keepdim=True) >= 0).to(x_0.dtype)
        if bool(keep.all()):
            raise ValueError("The mask keeps all of the picture; paint black what is to be drawn anew.")
        return Beginning(x_0, level, keep)
