"""Words: what each phrase of a prompt does, at one state of a chain: where its pixels look, and x̂_0 without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from diffviz.chart import Chart, Panel, number
from diffviz.kinds import KINDS
from diffviz.lens_catalog import LENSES
from diffviz.lenses.lens import Lens, Moment, Said

# dark to bright, evenly in lightness: no share is taken for the signal or the noise
HEAT = np.array([(20, 16, 40), (92, 24, 110), (186, 54, 85), (240, 120, 40), (250, 205, 90), (255, 250, 210)], float)
PICTURE = 0.55  # of the picture's lightness shines through where nothing looks


class Words(Lens):
    """One panel a phrase. Both kinds of pictures have one scale for all phrases, so that they can be compared."""

    name = "words"

    def chart(self, moment: Moment, params: Mapping[str, Any]) -> Chart:
        said = moment.words() if moment.words is not None else LENSES[self.name].only
        if isinstance(said, str):
            return Chart(self.name, message=f"{said[0].upper()}{said[1:].removesuffix('.')}.")
        top = float(said.shares.max())
        changes = [float((x - said.x0_hat).square().mean().sqrt()) for x in said.without]
        grey = KINDS[moment.kind].raster(said.x0_hat[None].numpy())[0].mean(axis=2)
        others = KINDS[moment.kind].raster(said.without.numpy())
        panels = []
        for phrase, share, other, change in zip(said.phrases, said.shares.numpy(), others, changes, strict=True):
            numbers = ("change of x̂_0, RMS", change), ("mean share", float(share.mean())), ("most", float(share.max()))
            panels.append(Panel(phrase, (heat(share / top, grey), other), numbers))
        return Chart(self.name, _sentence(moment, said, changes, top), panels=tuple(panels))


def heat(share: np.ndarray, grey: np.ndarray) -> np.ndarray:
    """A map over a picture: uint8 (H, W, 3).

    Args:
        share: (H, W) in 0..1. grey: (H, W), the picture's lightness in 0..255.
    """
    place = np.clip(share, 0, 1) * (len(HEAT) - 1)
    low = np.minimum(place.astype(int), len(HEAT) - 2)
    part = (place - low)[..., None]
    colour = HEAT[low] * (1 - part) + HEAT[low + 1] * part
    cover = (0.35 + 0.65 * np.clip(share, 0, 1))[..., None]
    return np.asarray(np.round(cover * colour + (1 - cover) * PICTURE * grey[..., None]), np.uint8)


def _sentence(moment: Moment, said: Said, changes: list[float], top: float) -> str:
    most, least = int(np.argmax(changes)), int(np.argmin(changes))
    there = f"At t = {said.t:g}" if said.t == moment.t else f"In the last step, from t = {said.t:g},"
    first = f"{there} x̂_0 changes most without “{said.phrases[most]}”, by {number(changes[most])} RMS"
    if most != least:
        first += f", and least without “{said.phrases[least]}”, by {number(changes[least])}"
    if said.more:
        first += f"; of the prompt's last {said.more} nothing is shown"
    even = float((said.shares.amax((1, 2)) - said.shares.amin((1, 2))).max()) < 1e-4
    alone = ", even as no other phrase takes any of it" if even else ""
    return (
        f"{first}. Each first picture is the share of the cross-attention, from 0 to {number(top)}{alone}; "
        "each second one x̂_0 without these words."
    )
