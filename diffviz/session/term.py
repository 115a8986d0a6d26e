"""An entry of the glossary, the papers that entries name, and the scenes that show them."""

from __future__ import annotations

from typing import Any, NamedTuple

HO = "Ho, Jain & Abbeel 2020, Denoising diffusion probabilistic models"
NICHOL = "Nichol & Dhariwal 2021, Improved DDPM"
SONG = "Song, Meng & Ermon 2021, Denoising diffusion implicit models"
SDE = "Song et al. 2021, Score-based generative modeling through SDEs"
KINGMA = "Kingma et al. 2021, Variational diffusion models"
SALIMANS = "Salimans & Ho 2022, Progressive distillation"
GUIDANCE = "Ho & Salimans 2022, Classifier-free diffusion guidance"
KARRAS = "Karras et al. 2022, Elucidating the design space"
LU = "Lu et al. 2022, DPM-Solver++"
LIN = "Lin et al. 2024, Common diffusion noise schedules and sample steps are flawed"
DIELEMAN = "Dieleman 2024, Diffusion is spectral autoregression"
SAHARIA = "Saharia et al. 2022, Imagen"
ESSER = "Esser et al. 2024, Scaling rectified flow transformers"
LIPMAN = "Lipman et al. 2023, Flow matching"


class Show(NamedTuple):
    """A scene for a term: the page, t as a share of T, and how it is viewed; None leaves what is there.

    ``plane``: it is seen over points in the plane alone. ``guidance``: the weight w that shows it, with a class.
    """

    way: str = "forward"
    share: float | None = None
    view: tuple[tuple[str, Any], ...] = ()
    sampler: str = ""
    noise: str = ""
    experiment: str = ""
    plane: bool = False
    guidance: float = 0.0


class Term(NamedTuple):
    """An entry. ``sign`` and ``formula`` are rich text."""

    name: str
    sign: str
    formula: str
    meaning: str
    paper: str = HO
    show: Show = Show()


def curves(kind: str, share: float = 0.25) -> Show:
    return Show("forward", share, (("curves", kind), ("lens", "schedule")))


def in_laboratory(experiment: str) -> Show:
    return Show("laboratory", experiment=experiment)


_OVER = (("density", True), ("arrows", True), ("paths", True))


def in_plane(way: str, share: float | None = None, sampler: str = "") -> Show:
    return Show(way, share, (*_OVER, ("eps_range", 1), ("second", "none")), sampler, plane=True)


def guided(w: float) -> Show:
    return Show("reverse", view=_OVER, guidance=w)


def lens(name: str, share: float) -> Show:
    return Show("forward", share, (("lens", name),))


REVERSE = Show("reverse")
