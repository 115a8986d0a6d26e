"""README.md of a trained model: what it was made of, with which command, and how far it came."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from diffviz.kinds import KINDS, PICTURE
from diffviz.models.pictures import fits_a_sheet
from diffviz.models.worded import bare
from diffviz.train.objective import LOSS_NAMES
from diffviz.train.recipe import OF_THE_START, Recipe

if TYPE_CHECKING:
    from diffviz.train.pictures import Pictures
    from diffviz.train.trainer import Trainer

# what is said of a recipe; the latter only where they are not as usual
_OPTIONS = (
    *("kind", "size", "preset", "width", "layers", "dropout", "prediction", "schedule", "T", "min_snr", "focus"),
    *("drop_class", "hold_out", "batch", "lr", "ema", "seed", "steps", "minutes"),
)
_UNUSUAL = {"kind", "width", "layers", "dropout", "T", "min_snr", "focus"}


def command_line(recipe: Recipe) -> str:
    """The command that trains this recipe, with the data folder's name only."""
    words = ["diffviz train", Path(recipe.data).name, "-o OUT"]
    words += [f"--from {Path(recipe.start).name}"] if recipe.start else []
    for name in _OPTIONS:
        if recipe.start and name in OF_THE_START:
            continue
        value = getattr(recipe, name)
        if recipe.betas and name in ("schedule", "T"):  # the model's own scheduler holds its β
            value = "OUT/scheduler/scheduler_config.json" if name == "schedule" else None
        if value is not None and not (name in _UNUSUAL and value == getattr(Recipe, name)):
            values = value if isinstance(value, tuple) else (value,)
            words.append(
                f"--{name.replace('_', '-')} " + " ".join(f"{v:g}" if isinstance(v, float) else f"{v}" for v in values)
            )
    words += ["--flip"] if recipe.flip else []
    words += ["--classes CLASSES.json"] if recipe.classes else []
    if recipe.captions:
        words.append(f"--captions {Path(recipe.captions).name} --word-weight {recipe.word_weight:g}")
    words += [f"--quiet-weight {recipe.quiet_weight:g}"] if recipe.kind == "sound" else []
    return " ".join(words)


def _loss(recipe: Recipe) -> str:
    words = [f"mean squared error of {LOSS_NAMES[recipe.prediction]}"]
    words += [f"min-SNR weights with γ = {recipe.min_snr:g}"] if recipe.min_snr else []
    words += [f"{recipe.word_weight:g} of it shared among the phrases, where they show"] if recipe.word_weight else []
    words += [f"{recipe.quiet_weight:g} of it where the data is quiet"] if recipe.quiet_weight else []
    return ", ".join(words)


def card(trainer: Trainer, seconds: float, measured: tuple[int, float] | None) -> str:
    """The card in Markdown; ``measured``: the step at which held-out pictures were measured last, and their loss."""
    recipe, pictures = trainer.recipe, trainer.pictures
    size, steps = recipe.size, trainer.steps_done
    parameters = sum(weight.numel() for weight in trainer.network.parameters())
    held_out = int(pictures.held_out.sum())
    kinds = f"{len(pictures.class_names)} classes" if pictures.class_names else "no classes"
    loss, process = _loss(recipe), "β of a file" if recipe.betas else recipe.schedule
    outline = f"preset {recipe.preset}"
    if recipe.start:
        outline = f"begun with the weights of `{Path(recipe.start).name}`"
    rows = [
        (
            "data",
            f"{len(pictures)} {recipe.kind}s of the folder `{Path(recipe.data).name}`, {held_out} of them held out",
        ),
        ("network", f"{type(bare(trainer.network)).__name__}, {parameters / 1e6:.2f} M parameters, {outline}"),
        ("process", f"{process}, T = {recipe.T}; the network predicts {LOSS_NAMES[recipe.prediction]}"),
        ("training", f"{steps} steps of {recipe.batch} {recipe.kind}s in {seconds / 60:.1f} minutes; {loss}"),
        ("weights", f"running mean with decay {recipe.ema:g}, stored as fp16"),
    ]
    if measured is not None:
        rows.append(
            ("held out", f"loss {measured[1]:.4f} at step {measured[0]} on {recipe.kind}s that were not trained on")
        )
    if pictures.captions is not None:
        kinds = f"told words ({len(pictures.captions.vocabulary.words)} of them)"
    lines = [
        "# A model trained by diffviz",
        "",
        f"{KINDS[recipe.kind].words(recipe.sample_shape)}, {kinds}. Open it with `diffviz --model` and this folder, "
        "or with diffusers' `DDPMPipeline.from_pretrained`.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {text} |" for name, text in rows),
        "",
        "```",
        command_line(recipe),
        "```",
        "",
        "![samples](samples.png)",
        "",
        "`samples.png`: ddim, η = 0, trailing, guidance 1" + (", one class a column." if pictures.class_names else "."),
    ]
    lines += _classes(pictures, recipe.kind)
    if recipe.kind == PICTURE.name and fits_a_sheet(len(pictures.trained), size):
        lines += [
            "",
            "`pictures.png` and `pictures.json` hold the pictures it was trained on, for the exact denoiser beside "
            "the network's; without them the model works as before.",
        ]
    lines += [
        "",
        "Who gives the model away names the sources of what it was trained on and their licences here.",
    ]
    return "\n".join(lines) + "\n"


def _classes(pictures: Pictures, kind: str) -> list[str]:
    """How many there are of each class; nothing where there are none."""
    if not pictures.class_names:
        return []
    counts = Counter(pictures.labels.tolist())
    rows = [f"| {name} | {counts[k]} |" for k, name in enumerate(pictures.class_names)]
    return ["", f"| class | {kind}s |", "|---|---|", *rows]
