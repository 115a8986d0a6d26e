"""What a training is: every choice as one frozen value that OUT keeps. Standard library only."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from diffviz import catalog
from diffviz.bounded import (
    FLAG,
    MAX_BYTES,
    Kind,
    Missing,
    Refusal,
    Unreadable,
    among,
    json_text,
    mapping,
    number,
    optional,
    parse_object,
    read_object,
    several,
    take,
    text,
    whole,
)
from diffviz.diffusion import SCHEDULES, NoiseSchedule
from diffviz.files import display_name, write_text
from diffviz.vocabulary import rows

FORMAT = 1
OF_THE_START = ("size", "preset", "width", "layers", "prediction", "schedule", "T")  # what a model has decided
MIN_PICTURES = 8
SHUFFLE_FROM = 48  # pixels a side
BANDS = 16  # of a sound's MDCT: the channels of a pixel


class TrainError(Refusal):
    """A training that cannot start or go on: one sentence that says what was wrong and what would be right.

    Attributes:
        reason: a key of ``events.REASONS``.
        problem: the words before the advice and after the option, of which a window has neither; no full stop.

    Args:
        advice: what a person who types can do; "" where ``problem`` is a whole sentence.
        option: of the command line, said before it where the sentence does not name it.
    """

    def __init__(self, problem: str, advice: str = "", reason: str = "refused", option: str = "") -> None:
        super().__init__((f"{option}: " if option else "") + (f"{problem}; {advice}." if advice else problem))
        self.problem = str(Refusal(problem)).removesuffix(".")
        self.reason = reason


@dataclass(frozen=True)
class Preset:
    """A network's outline: channels of each level, which levels attend, ResNet layers a level, groups of the norms."""

    channels: tuple[int, ...]
    attention: tuple[bool, ...]
    layers: int
    head_dim: int
    groups: int
    batch: int

    @property
    def divisor(self) -> int:
        """The side of a picture is a multiple of it: each level but the last halves the side."""
        return 2 ** (len(self.channels) - 1)


PRESETS = {
    # seconds on one core, for 8x8 and 16x16 pictures
    "tiny": Preset((16, 24, 32), (False, False, True), 1, 16, 8, 16),
    # the network of the shipped smileys: hours on two cores at 32x32
    "small": Preset((32, 64, 128, 128), (False, False, True, True), 1, 32, 16, 32),
    # for a GPU, or 64x64
    "base": Preset((64, 128, 192, 192), (False, False, True, True), 2, 32, 32, 64),
    # for captions at 64x64, whose four neighbours are channels of one pixel: attention to words at 16x16 and 8x8
    "words": Preset((48, 96, 144), (False, True, True), 1, 24, 24, 32),
    # for sounds, whose bands are channels. Measured after equally many sounds: in batches of 8 the loss of v at t = 450
    # is 0.13, of 32 0.20
    "sound": Preset((64, 96, 128), (False, False, True), 1, 32, 16, 8),
}


@dataclass(frozen=True)
class Recipe:
    """The choices.

    Attributes:
        start: the model whose weights were begun with, "" for random ones: a shipped name, a folder or a hub id. Size,
            network, prediction, schedule and T are then that model's; preset, width and layers mean nothing.
        captions: of each picture: a file of JSON lines, or "txt" for NAME.txt beside it; "" for classes instead.
        kind: of data: "picture" or "sound"; what follows of pictures then holds of sounds.
        data: the folder of pictures; ``classes``: ((class name, (sub-folder, ...)), ...), empty for one class a folder.
        size: side of the square pictures in pixels; of a sound the root of its samples.
        flip: mirror half of the pictures drawn.
        preset, width, layers, dropout: the network; width is the first level's channels, 0 for the preset's own, and
            so is layers.
        prediction: "epsilon", "v" or "x0". schedule: a name of SCHEDULES; T: its levels. betas: of "custom" its β at
            t = 1..T, each above 0 and at most 1.
        min_snr: γ of the min-SNR weights (Hang et al. 2023, arXiv 2303.09556); 0 weighs every level alike.
        word_weight: share of the loss that each phrase of a caption has an equal part of, where it shows; see
            ``train.word_maps``. 0 weighs every pixel alike.
        quiet_weight: share of the loss that lies on each moment of a sound as it is quiet in the data; see
            ``train.quiet``. 0 weighs every moment alike.
        focus: (low, high), levels from which half of the t are drawn, the others from 1..T; () draws all from 1..T.
            High levels decide what is shown and its class, the middle ones which picture, the low ones its details.
        drop_class: share of the pictures that are drawn without their class, for guidance.
        hold_out: share of the pictures that are never trained on, for measuring.
        steps, minutes: the total, over all resumptions; one of them is None.
        batch: pictures a step, over all processes. lr: the peak; warm-up, then cosine decay to ``FINAL_LR`` of it.
        ema: decay of the averaged weights. seed: of weights and of everything drawn.
        precision: of the arithmetic: "fp32", "bf16", or "auto" for what is faster on the device that it begins on.
        device: "auto", "cpu", "cuda" or "mps". threads: of the CPU; 0: all cores.
        checkpoint: steps between checkpoints; 0: two minutes.
    """

    start: str = ""
    kind: str = "picture"
    data: str = ""
    captions: str = ""
    classes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    size: int = 32
    flip: bool = False
    preset: str = "small"
    width: int = 0
    layers: int = 0
    dropout: float = 0.0
    prediction: str = "v"
    schedule: str = "linear"
    T: int = 1000
    betas: tuple[float, ...] = ()
    min_snr: float = 0.0
    word_weight: float = 0.0
    quiet_weight: float = 0.0
    focus: tuple[int, ...] = ()
    drop_class: float = 0.12
    hold_out: float = 0.05
    steps: int | None = None
    minutes: float | None = None
    batch: int = 0
    lr: float = 5e-4
    ema: float = 0.9993
    seed: int = 0
    precision: str = "auto"
    device: str = "auto"
    threads: int = 0
    checkpoint: int = 0

    def replace(self, **changes: Any) -> Recipe:
        return dataclasses.replace(self, **changes)

    def share(self, steps: int, seconds: float) -> float:
        """How much of the training so many steps in so many seconds are, in 0..1."""
        if self.steps is not None:
            return min(1.0, steps / self.steps)
        return min(1.0, seconds / (60 * self.minutes)) if self.minutes else 1.0

    @property
    def network_preset(self) -> Preset:
        """The preset with this recipe's width and layers."""
        preset = PRESETS[self.preset]
        channels = preset.channels
        if self.width:
            channels = tuple(c * self.width // channels[0] for c in channels)
        return dataclasses.replace(preset, channels=channels, layers=self.layers or preset.layers)

    def noise_schedule(self) -> NoiseSchedule:
        """The process that is trained, where no ``start`` decides it. Raises ValueError for a β that is none."""
        if self.schedule == catalog.CUSTOM.name:
            return NoiseSchedule(np.array([0.0, *self.betas]))
        return SCHEDULES[self.schedule](T=self.T)

    @property
    def shuffle(self) -> int:
        """Pixels a side that are channels of one pixel of the network: of large pictures with captions."""
        return 2 if self.captions and self.size >= SHUFFLE_FROM else 1

    @property
    def sample_shape(self) -> tuple[int, int, int]:
        """(C, H, W) of what the network takes; of a sound bands and frames, which lie row by row."""
        if self.kind == "sound":
            side = self.size // math.isqrt(BANDS)
            return BANDS, side, side
        return 3, self.size, self.size

    def worded_config(self, words: int) -> dict[str, Any]:
        """Arguments of UNet2DConditionModel for so many words; see ``models.worded``."""
        preset = self.network_preset
        return {
            **self._config(3 * self.shuffle**2, self.size // self.shuffle, "CrossAttn"),
            # which diffusers takes for the number of heads
            "attention_head_dim": max(1, preset.channels[-1] // preset.head_dim),
            "cross_attention_dim": preset.channels[-1],
            "encoder_hid_dim": rows(words),
            "encoder_hid_dim_type": "text_proj",
            "class_embed_type": "projection",
            "projection_class_embeddings_input_dim": rows(words),
        }

    def network_config(self, class_count: int) -> dict[str, Any]:
        """Arguments of UNet2DModel. With classes, one label more than there are classes: the null class, the last."""
        channels, side, _ = self.sample_shape
        count = class_count + 1 if class_count else None
        return {
            **self._config(channels, side, "Attn"),
            "attention_head_dim": self.network_preset.head_dim,
            "num_class_embeds": count,
        }

    def _config(self, channels: int, side: int, attention: str) -> dict[str, Any]:
        """What both have; ``attention``: what blocks are called that have it."""
        preset = self.network_preset
        blocks = [attention if attends else "" for attends in preset.attention]
        return {
            "sample_size": side,
            "in_channels": channels,
            "out_channels": channels,
            "block_out_channels": preset.channels,
            "down_block_types": tuple(f"{block}DownBlock2D" for block in blocks),
            "up_block_types": tuple(f"{block}UpBlock2D" for block in reversed(blocks)),
            "layers_per_block": preset.layers,
            "norm_num_groups": preset.groups,
            "dropout": self.dropout,
        }

    def check(self) -> None:
        """Refuse what cannot be trained.

        Raises:
            TrainError: naming the option.
        """
        if self.steps is None and self.minutes is None:
            raise TrainError("say how long to train: --minutes M or --steps N.")
        if self.focus and not 1 <= self.focus[0] < self.focus[1] <= self.T:
            low, high = self.focus
            raise TrainError(
                f"--focus {low} {high} is no range of levels; give two in 1..{self.T}, the lower one first."
            )
        if self.word_weight and not self.captions:
            raise TrainError("--word-weight is of what captions say; give --captions too, or leave it out.")
        sound = self.kind == "sound"
        if sound and (self.captions or self.flip):
            option = "--flip" if self.flip else "--captions"
            raise TrainError(f"{option} is of pictures; leave it out with --kind sound.")
        if self.quiet_weight and not sound:
            raise TrainError("--quiet-weight is of sounds; give --kind sound too, or leave it out.")
        if self.start:
            return
        if len(self.betas) != (self.T if self.schedule == catalog.CUSTOM.name else 0):
            raise TrainError(
                f"{len(self.betas):,} β are no schedule of T = {self.T}; give --schedule FILE without --T."
            )
        if self.betas and self.betas[-1] == 1 and self.prediction == "epsilon":
            raise TrainError(
                "this schedule leaves nothing of the picture at T, where ε says nothing about x_0; "
                "choose --prediction v or x0."
            )
        divisor = self.network_preset.divisor * (math.isqrt(BANDS) if sound else self.shuffle)
        if self.size % divisor:
            low = max(divisor, self.size // divisor * divisor)
            raise TrainError(
                f"--size {self.size} does not divide: the {self.preset} network needs a multiple of {divisor}, "
                f"such as {low} or {low + divisor}."
            )
        step = PRESETS[self.preset].channels[0]
        if self.width % step:
            raise TrainError(f"--width {self.width} does not divide; choose a multiple of {step} for {self.preset}.")

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        value = dataclasses.asdict(self)
        value["classes"] = {name: list(folders) for name, folders in self.classes}
        return {"format": FORMAT, **value}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Recipe:
        """The recipe of ``to_dict``.

        Raises:
            Unreadable: if it is no recipe of this version.
        """
        take(value, "format", whole(FORMAT, FORMAT))
        given = {key: take(value, key, kind) for key, kind in FIELDS.items() if key in value}
        if not given.get("start"):
            take(value, "schedule", among(*catalog.SCHEDULES, catalog.CUSTOM.name), None)
        given["focus"], given["betas"] = tuple(given.get("focus", ())), tuple(given.get("betas", ()))
        given["classes"] = tuple((name, tuple(folders)) for name, folders in given.get("classes", {}).items())
        return cls(**given)


# as the command line takes them; a model that was begun with may be larger than what is trained from nothing
FIELDS = {
    **dict.fromkeys(("start", "data", "captions"), text(4096)),
    "kind": among("picture", "sound"),
    "classes": mapping(several(text(4096), 1)),
    "size": whole(1, 2048),
    "flip": FLAG,
    "preset": among(*PRESETS),
    "width": whole(0, 1024),
    "layers": whole(0, 8),
    "dropout": number(0, 0.9),
    "prediction": among("epsilon", "v", "x0"),
    "schedule": text(100, 1),
    "T": whole(2, 10_000),
    "betas": several(number(1e-12, 1), 0, 10_000),
    "min_snr": number(0, 100),
    "word_weight": number(0, 1),
    "quiet_weight": number(0, 1),
    "focus": Kind(
        lambda value: value == [] or several(whole(1, 10_000), 2, 2).fits(value), "two whole numbers in 1..10000"
    ),
    "drop_class": number(0, 1),
    "hold_out": number(0, 0.5),
    "steps": optional(whole(1, 10**9)),
    "minutes": optional(number(0.001, 1e6)),
    "batch": whole(0, 65_536),
    "lr": number(0, 10),
    "ema": number(0, 1),
    "seed": whole(0, 2**31 - 1),
    "precision": among("auto", "fp32", "bf16"),
    "device": among("auto", "cpu", "cuda", "mps"),
    "threads": whole(0, 1024),
    "checkpoint": whole(0, 10**9),
}


def write_recipe(path: Path, recipe: Recipe) -> None:
    """Raises OSError if the file cannot be written."""
    write_text(path, json_text(recipe.to_dict(), indent=1) + "\n")


def read_recipe(path: Path) -> Recipe:
    """The recipe of a training.

    Raises:
        TrainError: if the file is missing or holds no recipe.
    """
    shown = f"{path.parent.parent.name}/{path.parent.name}/{path.name}"
    try:
        return Recipe.from_dict(read_object(path))
    except Missing as error:
        raise TrainError(
            f"{shown}: {error}, so there is no training to resume", "leave --resume out", "place"
        ) from error
    except Unreadable as error:
        raise TrainError(f"{shown}: holds no recipe (it {error}); train into a new folder.") from error


def read_given(source: str) -> dict[str, Any]:
    """The fields that a recipe says, all of them or some, with ``format``.

    Args:
        source: a file, or "-" for one line on standard input, whose end is then still to come.
    Raises:
        TrainError: if it is no recipe.
    """
    shown = "standard input" if source == "-" else display_name(source)
    try:
        value = parse_object(_first_line()) if source == "-" else read_object(source)
        recipe = Recipe.from_dict(value)
    except Missing as error:
        raise TrainError(f"{shown}: {error}; check its name and folder.") from error
    except Unreadable as error:
        raise TrainError(f"{shown}: {error}; give a recipe, such as a training has in training/recipe.json.") from error
    left_out = OF_THE_START if recipe.start else ()
    given = {name: getattr(recipe, name) for name in FIELDS if name in value and name not in left_out}
    return {name: item for name, item in given.items() if item is not None}


def _first_line() -> bytes:
    """The first line of standard input; whoever waits for its end reads the rest."""
    line = b""
    while b"\n" not in line and len(line) <= MAX_BYTES and (more := os.read(0, 65_536)):
        line += more
    return line.partition(b"\n")[0]
