"""open_model: weights by their name, or data ("exact:FOLDER", "exact:moons") whose exact denoiser stands for them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import torch

from diffviz import catalog, models
from diffviz.assets import asset, builtin_models
from diffviz.bounded import Refusal
from diffviz.diffusion import SCHEDULES, NoiseSchedule
from diffviz.files import display_name, model_folder
from diffviz.kinds import LINE, POINTS, Datum, Kind, read_file
from diffviz.kinds.points import Points
from diffviz.models import Model, ModelError, SchedulerChoice
from diffviz.models.classes import Classes
from diffviz.models.cloud import cloud_network
from diffviz.models.exact import exact_network
from diffviz.models.loading import read_outline
from diffviz.models.pictures import PictureSet, find_picture_sheet, read_picture_sheet
from diffviz.models.scheduler import Process

EXACT = re.compile(r"exact(?:-(\d{1,5}))?:(.*)", re.DOTALL)
SIDE = 32  # of pictures out of a folder, where no other is asked for
SIDES = (2, 1024)
MOST_POINTS = 20_000  # of a sample
MAX_NUMBERS = 2**28  # of all pictures together: 1 GiB of float32


def open_model(
    name: str,
    device: str | torch.device = "cpu",
    scheduler: SchedulerChoice | None = None,
    datum: Datum | None = None,
) -> Model:
    """``load_model``, or the exact denoiser of a set of pictures or of a cloud of points as a model.

    Args:
        name: as for ``load_model``, or "exact:" and what ``read_picture_set`` takes; "exact-64:FOLDER" reads the folder
            at 64x64 instead of 32x32. The schedule is the model's where the pictures are a model's, else linear,
            T = 1000. Sub-folders are classes. Or a cloud that ships ("exact:two_moons", in short "moons"), or a file of
            points; "exact-500:moons" makes 500 of them at a time.
        datum: what is open, of a name that no file stands behind ("exact:sha256:HEX").
    Raises:
        SchedulerMissing, ModelError: as ``load_model``.
    """
    found = EXACT.fullmatch(catalog.exact_cloud(name))
    if found is None:
        return models.load_model(name, device, scheduler=scheduler)
    side, wanted = int(found[1]) if found[1] else None, found[2]
    found_points = _points(wanted, datum)
    if found_points is not None:
        return _of_points(name, wanted, *found_points, device, side)
    pictures = read_picture_set(wanted, side)
    names = pictures.class_names
    empty = [label for k, label in enumerate(names) if k not in pictures.labels]
    if empty:
        raise ModelError(f"{name}: no picture is of the class {empty[0]!r}; choose the folder that holds them all.")
    classes = Classes(names, len(names), len(names) + 1) if names else Classes()
    process = Process(_schedule_of(wanted), "x0", clip=None)
    network = exact_network(pictures, process.schedule, device)
    return Model(name, _folder(wanted), network, process, classes, (3, pictures.size, pictures.size))


def _points(wanted: str, datum: Datum | None) -> tuple[Kind, Points] | None:
    """A cloud that ships, a file of one, or what is open, and its kind; None where pictures are meant."""
    scheme, _, _ = wanted.partition(":")
    cloud = catalog.exact_cloud(wanted).removeprefix("exact:")
    try:
        if scheme == "sha256":
            if not isinstance(datum, Points):
                again = "open their scene, or draw or paste them again"
                raise ModelError(f"exact: these points are no longer kept; {again}.")
            found: Datum = datum
        elif shipped := next((kind for kind in (POINTS, LINE) if cloud in kind.samples), None):
            found = shipped.read(f"builtin:{cloud}")
        elif os.path.isfile(wanted):
            found = read_file(wanted)[1]
        else:
            return None
    except Refusal as error:
        raise ModelError(str(error)) from error
    if not isinstance(found, Points):
        raise ModelError(f"{display_name(wanted)}: is one picture; choose a folder of them, or a file of points.")
    return (LINE if found.array.shape[1] == 1 else POINTS), found


def _of_points(
    name: str, wanted: str, kind: Kind, points: Points, device: str | torch.device, count: int | None
) -> Model:
    if count is not None and not 1 <= count <= MOST_POINTS:
        raise ModelError(f"exact-{count}: the points of a sample are outside 1..{MOST_POINTS:,}.")
    process = Process(SCHEDULES["linear"](), "x0", clip=None)
    network = cloud_network(points, process.schedule, device, count or 0)
    names = points.class_names
    classes = Classes(names, len(names), len(names) + 1) if names else Classes()
    notes = (f"the exact E[x_0|x_t] of {len(points.array):,} points; nothing was trained",)
    shape = network.count, points.array.shape[1]
    called = catalog.model_name(name) if wanted.startswith("sha256:") else name  # digits say nothing to a person
    return Model(called, Path(wanted), network, process, classes, shape, notes, kind)


def read_picture_set(wanted: str, side: int | None = None, pulse: Callable[[], None] = lambda: None) -> PictureSet:
    """The pictures of a folder, or those that a model was trained on.

    Args:
        wanted: a folder of pictures, a model's folder or the name of one that ships or was trained here. A model's
            pictures are the sheet beside its weights, or the folder that its recipe names.
        side: of the pictures, in pixels; None is what they have, and 32 for a folder.
        pulse: is called before each picture of a folder; what it raises ends the reading.
    Raises:
        ModelError: if there are none, or none of that size.
    """
    if side is not None and not SIDES[0] <= side <= SIDES[1]:
        raise ModelError(f"exact-{side}: the side of the pictures is outside {SIDES[0]}..{SIDES[1]} pixels.")
    folder = _folder(wanted)
    name = display_name(folder)
    sheet = find_picture_sheet(folder)
    if sheet is not None:
        pictures = read_picture_sheet(sheet)
    elif os.path.isfile(folder / "training" / "recipe.json"):
        pictures = _of_recipe(folder, pulse)
    elif wanted in builtin_models() or _is_model(folder):
        raise ModelError(f"{name}: brings no pictures that it was trained on; choose the folder that holds them.")
    else:
        return _of_folder(folder, side or SIDE, pulse)
    if side not in (None, pictures.size):
        raise ModelError(
            f"{name}: its pictures have {pictures.size}x{pictures.size} pixels, {side}x{side} are needed; choose "
            "a folder of pictures."
        )
    return pictures


def _folder(wanted: str) -> Path:
    if wanted in builtin_models():
        return asset("models", wanted)
    if not wanted or "\0" in wanted:
        raise ModelError("exact: names no folder of pictures; write exact:FOLDER.")
    return Path(os.path.abspath(model_folder(wanted)))


def _is_model(folder: Path) -> bool:
    return any(os.path.isfile(folder / name) for name in ("model_index.json", "config.json"))


def _schedule_of(wanted: str) -> NoiseSchedule:
    try:
        return read_outline(wanted).process.schedule
    except ModelError:  # a folder of pictures
        return SCHEDULES["linear"]()


def _of_recipe(folder: Path, pulse: Callable[[], None]) -> PictureSet:
    from diffviz.train.held_out import read_before
    from diffviz.train.pictures import read_pictures
    from diffviz.train.recipe import TrainError, read_recipe

    try:
        recipe = read_recipe(folder / "training" / "recipe.json")
        if not os.path.isdir(recipe.data):
            raise ModelError(
                f"{display_name(folder)}: the pictures that it was trained on ({display_name(recipe.data)}) are not "
                "here; choose the folder that holds them."
            )
        before = read_before(folder, goes_on=True)
        pictures = read_pictures(recipe, _bounded(recipe.size, pulse, 2 if recipe.flip else 1), before=before)
    except TrainError as error:
        raise ModelError(str(error)) from error
    trained = pictures.trained
    return PictureSet(pictures.pixels[trained], pictures.labels[trained], pictures.class_names, recipe.flip)


def _of_folder(folder: Path, side: int, pulse: Callable[[], None]) -> PictureSet:
    from diffviz.train.pictures import read_pictures
    from diffviz.train.recipe import Recipe, TrainError

    try:
        pictures = read_pictures(Recipe(data=str(folder), size=side, hold_out=0.0), _bounded(side, pulse), least=1)
    except TrainError as error:
        raise ModelError(str(error)) from error
    return PictureSet(pictures.pixels, pictures.labels, pictures.class_names)


def _bounded(side: int, pulse: Callable[[], None], times: int = 1) -> Callable[[int, int], None]:
    """Refuses, before the first picture is decoded, more of them than fit into memory; and passes the pulse on."""

    def seen(done: int, total: int) -> None:
        most = MAX_NUMBERS // (3 * side**2 * times)
        if total > most:
            raise ModelError(f"exact: {total} pictures of {side}x{side} are too many; choose at most {most}.")
        pulse()

    return seen
