"""What can be typed: the whole command line, and how it is refused. Nothing heavy is imported for it."""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from diffviz import __version__, catalog
from diffviz.bounded import Refusal
from diffviz.entries import Param
from diffviz.export.encoders import ENCODERS
from diffviz.lens_catalog import LENSES, pixel_text
from diffviz.sampling import SAID
from diffviz.scene import FORWARD_NOISE, MAX_T, MAX_TIMES, InpaintSpec, SamplerSpec, Scene

Number = TypeVar("Number", int, float)

COMMANDS = ("gui", "export", "experiment", "train", "info")
MAX_COUNT = 64

_USAGE = """diffviz [IMAGE|SCENE|RUN] [--scene FILE] [--model FOLDER|ID] [--device auto|cpu|cuda|mps] [--seed N]
       diffviz export forward IMAGE -o OUT [options]
       diffviz export reverse -o OUT [options]
       diffviz export training MODEL -o OUT [options]
       diffviz experiment NAME [IMAGE] -o OUT [options]
       diffviz train FOLDER|POINTS -o OUT [options]
       diffviz info"""


class UsageError(Refusal):
    """Bad usage or bad input: one sentence that says what was wrong and what would be right."""


class WordsError(UsageError):
    """Words that are not understood. ``cause``: the sentence without the command whose --help it points to."""

    def __init__(self, cause: str, prog: str) -> None:
        super().__init__(f"{cause}; see {prog} --help.")
        self.cause = cause


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one line."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(allow_abbrev=False, **keywords)

    def error(self, message: str) -> NoReturn:
        raise WordsError(message, self.prog)


def build_parser(command: str | None = None) -> Parser:
    """The whole command line; with "gui" only what a window takes, which opens sooner so."""
    parser = Parser(
        prog="diffviz",
        usage=_USAGE,
        description="See denoising diffusion models work. Without a command the window opens.",
    )
    parser.add_argument("--version", action="version", version=f"diffviz {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", prog="diffviz")
    _add_gui(commands.add_parser("gui", help="open the window (the default)"))
    if command == "gui":
        return parser
    export = commands.add_parser("export", help="write an animation, without a display")
    directions = export.add_subparsers(dest="direction", required=True, metavar="forward|reverse|training")
    _add_forward(directions.add_parser("forward", help="noise a picture"))
    _add_reverse(directions.add_parser("reverse", help="run a network's reverse chain"))
    _add_learning(directions.add_parser("training", help="what a model drew at each checkpoint of its training"))
    _add_experiment(commands.add_parser("experiment", help="run an experiment of the laboratory"))
    _add_train(commands.add_parser("train", help="train a model on a folder of pictures"))
    commands.add_parser("info", help="versions, devices, models and folders")
    return parser


def _add_gui(parser: Parser) -> None:
    parser.add_argument(
        "path",
        nargs="?",
        metavar="FILE",
        help="a picture, sound or points, a sample's name, or a scene or run",
    )
    parser.add_argument("--scene", metavar="FILE", help="a scene saved by diffviz")
    _add_model(parser, "or a JSON file of β, for adding noise")
    parser.add_argument("--seed", type=whole(0, 2**31 - 1), metavar="N", help="of the noise")


def _add_model(parser: Parser, more: str = "or a JSON file of β") -> None:
    parser.add_argument(
        "--model", metavar="FOLDER|ID", help="a diffusers folder, a shipped model, a hub id or a cloud (moons)"
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto", help="default: auto")
    without = "of a network without a scheduler (default: {})".format
    parser.add_argument("--schedule", type=schedule, metavar="NAME|FILE", help=f"{without('linear')}; {more}")
    parser.add_argument("--T", type=whole(2, MAX_T), metavar="N", help=without(1000))
    parser.add_argument("--prediction", choices=("epsilon", "v", "x0"), help=without("epsilon"))


def _add_forward(parser: Parser) -> None:
    parser.add_argument("image", metavar="IMAGE", help="what to noise: a file, or a sample by its name")
    _add_output(parser)
    names = f"{', '.join(catalog.SCHEDULES)}, or a JSON file of β (default: linear)"
    parser.add_argument("--schedule", type=schedule, default="linear", metavar="NAME|FILE", help=names)
    parser.add_argument("--T", type=whole(2, MAX_T), metavar="N", help="levels (default: 1000, or the file's)")
    pin = "another schedule beside it: its curves dotted, its x_t of the same eps right of a line"
    parser.add_argument("--pin", type=schedule, metavar="NAME|FILE", help=pin)
    noise = "one held eps at every t (default), or fresh at each step: a real trajectory x_1 ... x_T"
    parser.add_argument("--noise", choices=FORWARD_NOISE, default="held", help=noise)
    _add_film(parser, "frames over 0..T (default: 60)")
    _add_lens(parser, ", or alone in OUT.csv, OUT.png or OUT.svg")
    parser.add_argument(
        "--t", type=whole(0, MAX_T), metavar="N", help="of a lens alone, or OUT.wav (default: a quarter of T)"
    )


def _add_lens(parser: Parser, alone: str = "") -> None:
    lens = f"stands in the place of the curves (--layout curves or strip){alone}"
    parser.add_argument("--lens", choices=tuple(LENSES), help=lens)
    settings = "; ".join(
        f"{name}: {', '.join(param.name for param in entry.params)}" for name, entry in LENSES.items() if entry.params
    )
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help=f"of the lens ({settings})")
    place = "that the lens looks at, shares of width and height (default: 0.5,0.5)"
    place += (
        "; of a chain of points where, over -9..9, the one began that it follows; on a line X is which of all points"
    )
    parser.add_argument("--pixel", type=pixel, metavar="X,Y", help=place)


def _add_reverse(parser: Parser) -> None:
    scene = Scene()
    _add_output(parser, required=False)
    run = "keep the whole chain in one file; diffviz RUN opens it, without the network, on any machine"
    parser.add_argument("--save-run", metavar="RUN", help=run)
    _add_model(parser)
    add_chain(parser)
    count = whole(1, MAX_COUNT)
    parser.add_argument("--count", type=count, default=scene.count, metavar="N", help="samples, as tiles (default: 1)")
    rows = "each row of tiles one class, from --class on, all with the same noises"
    parser.add_argument("--one-class-per-row", action="store_true", dest="class_rows", help=rows)
    _add_beginning(parser)
    _add_film(parser, "at most so many of the steps+1 states (default: all)")
    _add_lens(parser)


def _add_beginning(parser: Parser) -> None:
    """A picture instead of noise alone."""
    spec = InpaintSpec()
    parser.add_argument("--picture", metavar="IMAGE", help="begin with it, noised, instead of with noise alone")
    mask = "keep --picture where it is white, draw anew where it is black"
    parser.add_argument("--mask", metavar="IMAGE", help=mask)
    strength = "how far --picture is noised, 1 to the last level (default: 1 with --mask, else 0.6)"
    parser.add_argument("--strength", type=real(0.001, 1), metavar="S", help=strength)
    jump = f"with --mask: levels that are gone through again at once (default: {spec.jump})"
    parser.add_argument("--jump", type=whole(1, MAX_T), metavar="N", help=jump)
    times = f"with --mask: how often (default: {spec.times}); 1 never goes up again"
    parser.add_argument("--times", type=whole(1, MAX_TIMES), metavar="N", help=times)


def _add_learning(parser: Parser) -> None:
    model = "a folder that diffviz train made, or the name of a model trained in the window"
    parser.add_argument("model", metavar="MODEL", help=model)
    _add_output(parser)
    _add_tempo(parser, "at most so many of the checkpoints (default: all)", "all samples together (default: 1280)", 6)
    parser.add_argument("--theme", choices=("dark", "light"), help="default: dark")


def add_chain(parser: Parser) -> None:
    """Everything about a chain but its network and its seed: class, guidance, sampler and the sampler's parameters."""
    sampler = SamplerSpec()
    told = parser.add_mutually_exclusive_group()
    told.add_argument("--class", dest="class_label", metavar="NAME", help="name or number (default: any)")
    prompt = 'of a model of words: "long red hair, glasses" (default: anything); "A | B" blends two'
    told.add_argument("--prompt", dest="class_label", metavar="WORDS", help=prompt)
    blend = 'of --prompt "A | B": the share of B (default: 0.5)'
    parser.add_argument("--blend", type=real(0, 1), metavar="W", help=blend)
    parser.add_argument("--guidance", type=real(0, 50), default=1.0, metavar="W", help="1 is off (default)")
    rescale = "phi of guidance rescale (default: 0, off)"
    parser.add_argument("--guidance-rescale", type=real(0, 1), default=0.0, metavar="PHI", help=rescale)
    between = "guidance at these t alone (default: at every t)"
    parser.add_argument(
        "--guidance-between", type=whole(0, MAX_T), nargs=2, default=(0, MAX_T), metavar=("LOW", "HIGH"), help=between
    )
    parser.add_argument("--clip", choices=tuple(catalog.CLIPS), default="own", help="of x_0 (default: the model's own)")
    parser.add_argument(
        "--rederive-eps", action="store_true", help="derive eps again after clipping; ddim with guidance needs it"
    )
    parser.add_argument("--sampler", choices=tuple(catalog.SAMPLERS), default=sampler.name, help="default: ddpm")
    parser.add_argument("--steps", type=whole(1, 10_000), default=sampler.steps, metavar="N", help="default: 250")
    said = "default: as the model's folder says"
    parser.add_argument("--spacing", choices=tuple(catalog.SPACINGS), help=f"of the levels ({said}, else trailing)")
    offset = f"added to the levels of leading spacing ({said}, else 0)"
    parser.add_argument("--offset", type=whole(0, MAX_T - 1), metavar="N", help=offset)
    for param, owners in sampler_params().values():
        own = {name: str(default) for name, default in owners.items()}
        shared = own if len(set(own.values())) > 1 else {", ".join(own): str(param.default)}
        if param.name in SAID:
            shared = {names: f"as the model's folder says, else {default}" for names, default in shared.items()}
        help_text = "; ".join(f"of {names} (default: {default})" for names, default in shared.items())
        if param.choices:
            parser.add_argument(f"--{param.name}", choices=param.choices, help=help_text)
        else:
            kind = real(param.low, param.high)
            parser.add_argument(f"--{param.name}", type=kind, metavar=param.name[0].upper(), help=help_text)


def _add_experiment(parser: Parser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help=f"one of {', '.join(catalog.EXPERIMENTS)}")
    parser.add_argument("image", nargs="?", metavar="IMAGE", help="your picture, for those that begin with one")
    parser.add_argument("--list", action="store_true", help="what there is, with parameters, and nothing else")
    out = "again for more: .png a figure, .csv the numbers, or a film as of export; no suffix: a folder of PNGs"
    parser.add_argument("-o", "--output", action="append", default=[], metavar="OUT", help=out)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter; see --list")
    run = 'a row of compare, such as "sampler=ddim steps=20 eta=0"; what it leaves out is as the options say'
    parser.add_argument("--run", action="append", default=[], metavar="WORDS", help=run)
    _add_model(parser)
    add_chain(parser)
    _add_tempo(
        parser, "frames of a film (default: every level that some row visits)", "one picture (default: 128, or its own)"
    )
    _add_seed(parser)
    parser.add_argument("--theme", choices=("dark", "light"), help="default: films dark, figures light")


def sampler_params() -> dict[str, tuple[Param, dict[str, float | str | None]]]:
    """Every parameter of any sampler, and the samplers that have it with their default of it."""
    found: dict[str, tuple[Param, dict[str, float | str | None]]] = {}
    for entry in catalog.SAMPLERS.values():
        for param in entry.params:
            found.setdefault(param.name, (param, {}))[1][entry.name] = param.default
    return found


def _add_output(parser: Parser, required: bool = True) -> None:
    formats = " ".join(name for name in ENCODERS if name)
    text = f"{formats}, or a name without suffix: a folder of PNGs; with --filmstrip .png; of a sound .wav"
    parser.add_argument("-o", "--output", required=required, metavar="OUT", help=text)


def _add_film(parser: Parser, frames_help: str) -> None:
    amount = _add_tempo(parser, frames_help, "one picture panel (default: 512, filmstrip 256)")
    _add_seed(parser)
    amount.add_argument("--filmstrip", type=whole(2, 64), metavar="K", help="K states in a row as one PNG")
    pacing = "frames even in t, or in visible change (√ᾱ)"
    parser.add_argument("--pacing", choices=tuple(catalog.PACINGS), help=pacing)
    parser.add_argument("--layout", choices=tuple(catalog.LAYOUTS), help="default: x_t, of a lens curves")
    parser.add_argument("--theme", choices=("dark", "light"), help="default: dark, filmstrip light")


def _add_tempo(parser: Parser, frames_help: str, size: str, fps: int = 25) -> Any:
    """How many frames, how fast and how large; the group of --frames, for what excludes it."""
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument("--frames", type=whole(2, 10_000), metavar="N", help=frames_help)
    tempo = parser.add_mutually_exclusive_group()
    tempo.add_argument("--fps", type=real(0.1, 120), metavar="N", help=f"frames a second (default: {fps})")
    tempo.add_argument("--duration", type=real(0.1, 3600), metavar="S", help="seconds of the film; sets fps")
    parser.add_argument("--hold", type=real(0, 60), default=1.0, metavar="S", help="of the last frame (default: 1)")
    parser.add_argument("--size", type=whole(16, 4096), metavar="PX", help=f"longer side of {size}")
    return amount


def _add_seed(parser: Parser) -> None:
    parser.add_argument("--seed", type=whole(0, 2**31 - 1), default=0, metavar="N", help="of the noise (default: 0)")


def _add_train(parser: Parser) -> None:
    """Options are None where they are not given: their defaults are those of ``Recipe``, or of the resumed one."""
    what = "the pictures, one class a sub-folder, or none; or points, .csv or .npy, or a cloud that ships, as moons"
    parser.add_argument("folder", nargs="?", metavar="FOLDER|POINTS", help=what)
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="the model's folder")
    parser.add_argument("--resume", action="store_true", help="go on from OUT, with its options where none are given")
    recipe = (
        "options as another training keeps them in training/recipe.json; those typed win; -: a line of standard input"
    )
    parser.add_argument("--recipe", metavar="FILE", help=recipe)
    total = parser.add_mutually_exclusive_group()
    total.add_argument("--minutes", type=real(0.01, 1e6), metavar="M", help="how long to train, in total")
    total.add_argument("--steps", type=whole(1, 10**9), metavar="N", help="how many steps to train, in total")
    start = "begin with the weights of a model: a shipped one, a folder or a hub id"
    parser.add_argument("--from", dest="start", metavar="MODEL", help=start)
    parser.add_argument("--kind", choices=("picture", "sound"), help="what the folder holds (default: pictures)")
    size = "side of the pictures (default: 32); root of the samples of sounds (64)"
    parser.add_argument("--size", type=whole(4, 512), metavar="PX", help=size)
    parser.add_argument("--flip", action=argparse.BooleanOptionalAction, help="mirror half of the pictures")
    classes = 'merge and choose sub-folders: \'{"food": ["fruit", "sweets"], ...}\', or a file that says so'
    told = parser.add_mutually_exclusive_group()
    told.add_argument("--classes", metavar="JSON", help=classes)
    captions = "words instead of classes: JSON lines of file_name and caption, or txt for NAME.txt beside each picture"
    told.add_argument("--captions", metavar="FILE", help=captions)
    presets = "the network (default: small, with captions words, of sounds sound)"
    parser.add_argument("--preset", choices=("tiny", "small", "base", "words", "sound"), help=presets)
    parser.add_argument("--width", type=whole(8, 1024), metavar="N", help="channels of its first level")
    parser.add_argument("--layers", type=whole(1, 8), metavar="N", help="ResNet layers of each level")
    predicts = "what it predicts (default: v, of points epsilon); flow, ε - x_0, of points"
    parser.add_argument("--dropout", type=real(0, 0.9), metavar="P", help="default: 0")
    parser.add_argument("--prediction", choices=("epsilon", "v", "x0", "flow"), help=predicts)
    names = f"{', '.join(catalog.SCHEDULES)}, or a JSON file of β, as the window saves them (default: linear)"
    parser.add_argument("--schedule", type=schedule, metavar="NAME|FILE", help=names)
    parser.set_defaults(betas=None)  # of a schedule's file
    parser.add_argument("--T", type=whole(2, 10_000), metavar="N", help="levels (default: 1000, or the file's)")
    parser.add_argument("--min-snr", type=real(0, 100), metavar="G", help="γ of the min-SNR weights (default: 0, off)")
    word_weight = "share of the loss that phrases share, where they show (default: 0.75 with --captions, else 0)"
    parser.add_argument("--word-weight", type=real(0, 1), metavar="W", help=word_weight)
    quiet_weight = "share of the loss that lies where sounds are quiet (default: 0.6 with --kind sound, else 0)"
    parser.add_argument("--quiet-weight", type=real(0, 1), metavar="W", help=quiet_weight)
    focus = "levels that half of the t are drawn from (default: all from 1..T)"
    parser.add_argument("--focus", type=whole(1, 10_000), nargs=2, metavar=("LOW", "HIGH"), help=focus)
    parser.add_argument("--drop-class", type=real(0, 1), metavar="P", help="for guidance (default: 0.12)")
    parser.add_argument(
        "--hold-out",
        type=real(0, 0.5),
        metavar="P",
        help="share kept to measure by, of 200 pictures or more (default: 0.05)",
    )
    parser.add_argument("--batch", type=whole(1, 65_536), metavar="N", help="pictures a step (default: the preset's)")
    parser.add_argument("--lr", type=real(0, 10), metavar="R", help="peak of the learning rate (default: 5e-4)")
    parser.add_argument("--ema", type=real(0, 0.999999), metavar="D", help="decay of the mean (default: 0.9993)")
    parser.add_argument("--seed", type=whole(0, 2**31 - 1), metavar="N", help="default: 0")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), help="default: auto")
    parser.add_argument("--precision", choices=("auto", "fp32", "bf16"), help="default: auto, the faster")
    parser.add_argument("--threads", type=whole(1, 1024), metavar="N", help="of the CPU (default: all cores)")
    parser.add_argument("--checkpoint", type=whole(1, 10**9), metavar="N", help="every N steps (default: two minutes)")
    parser.add_argument("--progress", choices=("text", "json"), default="text", help="default: text")
    stop = "end at a checkpoint when standard input ends; for programs that start this one"
    parser.add_argument("--stop-at-eof", action="store_true", help=stop)


def whole(low: int, high: int) -> Callable[[str], int]:
    """A parser of whole numbers in low..high."""
    return _between(int, "whole number", f"{low}..{high}", low, high)


def real(low: float, high: float) -> Callable[[str], float]:
    """A parser of numbers in low..high."""
    return _between(float, "number", f"{low:g}..{high:g}", low, high)


def _between(read: Callable[[str], Number], what: str, ends: str, low: float, high: float) -> Callable[[str], Number]:
    def parse(text: str) -> Number:
        try:
            value = read(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no {what} in {ends}") from None
        if not (low <= value <= high and math.isfinite(value)):
            shown = f"{value:g}" if isinstance(value, float) else value
            raise argparse.ArgumentTypeError(f"{shown} is outside {ends}")
        return value

    return parse


def pixel(text: str) -> str:
    """A place as a scene keeps it, of two shares."""
    x, _, y = text.partition(",")
    share = real(0, 1)
    return pixel_text(share(x), share(y))


def schedule(text: str) -> str:
    """A schedule's name, or a file that holds one."""
    if text not in catalog.SCHEDULES and not is_file(text):
        names = ", ".join(catalog.SCHEDULES)
        raise argparse.ArgumentTypeError(f"invalid choice: {text!r} (choose from {names}, or give a .json file of β)")
    return text


def is_file(schedule: str) -> bool:
    """Whether what was said of a schedule names a file, not a formula."""
    return schedule not in catalog.SCHEDULES and (schedule.lower().endswith(".json") or os.path.exists(schedule))
