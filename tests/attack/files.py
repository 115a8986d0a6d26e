"""Malformed scene files, run files and folders of a training: mutations of JSON, of bytes and of tables of good ones.

Only SceneError, RunError, TrainError and ModelError may come out, in one line of at most 1,000 characters; asking what
a training did before (past_training) never raises. What opens as a scene is written again, and that opens as the same.
--n is the number of trials of each of the three kinds; --only scene|run|train.
"""

import random
import shutil
import tempfile

from .common import Arena, Tally, dump, foreign, json, mutate_bytes, mutate_json, pathlib, watched  # isort: skip

import numpy as np  # isort: skip
import torch  # isort: skip
from safetensors.torch import save_file  # isort: skip

from diffviz.diffusion import SCHEDULES  # isort: skip
from diffviz.engine import messages, run_file, states  # isort: skip
from diffviz.engine.run_file import RunError, load_run, save_run  # isort: skip
from diffviz.images import png_bytes  # isort: skip
from diffviz.kinds import PICTURE  # isort: skip
from diffviz.models.errors import ModelError  # isort: skip
from diffviz.models.pictures import PictureSet, read_picture_sheet, write_picture_sheet  # isort: skip
from diffviz.scene import ExperimentSpec, Favourite, Leg, ModelSpec, RunSpec, SamplerSpec, Scene  # isort: skip
from diffviz.scene_file import SceneError, parsed, read_scene, to_json  # isort: skip
from diffviz.train.checkpoint import Output  # isort: skip
from diffviz.train.past import past_training  # isort: skip
from diffviz.train.recipe import Recipe, TrainError, write_recipe  # isort: skip

arena = Arena(__doc__, n=800, seed=102, only="")
torch.set_num_threads(1)
numbers = np.random.default_rng(0)
PNG = png_bytes(np.zeros((8, 8, 3), np.uint8))

# good files -----------------------------------------------------------------------------------------------------------
FULL = Scene(
    direction="reverse",
    seed=7,
    count=4,
    history=(Leg(80, 3, ModelSpec("smileys-32", None), SamplerSpec("ddim", 5)),),
    favourites=(Favourite(seed=3, sampler=SamplerSpec("ddim", 9)),),
    experiment=ExperimentSpec(runs=(RunSpec(), RunSpec(sampler=SamplerSpec("ddim", 7)))),
)
SCENES = [json.loads(to_json(Scene())), json.loads(to_json(FULL, PNG, FULL, 64 * "5a"[:1]))]


def state(i, n):
    values = numbers.normal(size=(3, 4, 3, 8, 8)).astype(np.float32)
    s = max(0, 100 - 100 * (i + 1) // n)
    shown = states.Shown(*map(PICTURE.raster, values))
    return states.State(
        i, n, 100 - 100 * i // n, values, shown, 0.0, s=s, terms=(("x_t", 0.5), ("eps", 0.1)), alpha_bar=0.5
    )


info = messages.ModelInfo("tiny", "8x8 RGB", ("a", "b"), 1, SCHEDULES["linear"](T=100), (3, 8, 8), "epsilon")
GOOD_RUN = arena.work / "good.diffviz-run"
save_run(
    GOOD_RUN, run_file.RecordedRun(Scene(direction="reverse", count=4), info, tuple(state(i, 5) for i in range(6)))
)
load_run(GOOD_RUN)
RUN = GOOD_RUN.read_bytes()
RUN_N = int.from_bytes(RUN[:8], "little")
RUN_HEAD = json.loads(RUN[8 : 8 + RUN_N])
RUN_META = json.loads(RUN_HEAD["__metadata__"]["diffviz_run"])

GOOD = arena.work / "good-training"
(GOOD / "training" / "samples").mkdir(parents=True)
write_recipe(GOOD / "training" / "recipe.json", Recipe(data=str(arena.work), steps=10))
rows = "".join(f"{k},{k / 10:.1f},1e-4,0.{k}\n" for k in range(1, 11))
(GOOD / "training" / "losses.csv").write_text("step,seconds,lr,loss\n" + rows)
(GOOD / "training" / "held_out.csv").write_text("step,loss\n5,0.5\n10,0.4\n")
save_file(
    {"model.w": torch.zeros(2)},
    GOOD / "training" / "state.safetensors",
    {"diffviz": json.dumps({"step": 10, "seconds": 1.0})},
)
(GOOD / "diffviz.json").write_text('{"class_names": ["a", "b"], "null_class": 2}')
for step in (5, 10):
    (GOOD / "training" / "samples" / f"{step:08d}.png").write_bytes(PNG)
write_picture_sheet(
    GOOD,
    PictureSet(numbers.integers(0, 256, (5, 3, 8, 8), dtype=np.uint8), np.array([0, 1, 0, 1, 0]), ("a", "b"), True),
)

# what is no JSON of ours, or only just -------------------------------------------------------------------------------
ODD = [
    b"", b"null", b"[]", b"[" * 10**5, b'{"format": 1, "x": ' + b"[" * 900 + b"]" * 900 + b"}", b"\xff\xfe",
    b"\0" * 100,
    b'{"format": 1, "t": ' + b"9" * 5000 + b"}", b'{"format": 1, "seed": 1e999}', b'{"format": true}',
    b'{"format": 1, "picture": 5}', b'{"format": 1, "picture": "AAAA"}', b'{"format": 1, "picture": "\\u00e9"}',
    b'{"format": NaN}', b'{"format": 1, "model": {"name": "\\u0000"}}',
    b'{"format": 1, "data": {"source": "path:\\ud800"}}',
    b'{"format": 1, "data": {"source": "path:\\u0000"}}',
]  # fmt: skip
DEEP = '{"format":1,"scene":' + "[" * 990 + "]" * 990 + ',"model":{},"states":[],"fan":0,"n":1}'
METAS = [{}, {"diffviz_run": "[" * 10**5}, {"diffviz_run": DEEP}, {"diffviz_run": '{"format": ' + "9" * 5000 + "}"}]
PARTS = ["training/recipe.json", "training/losses.csv", "training/held_out.csv", "training/state.safetensors",
         "diffviz.json", "pictures.json"] * 2 + ["pictures.png", "samples"]  # fmt: skip
SAMPLES = ["99999999999999999999.png", "x.png", "00000005.png.png", "٣.png", "1e3.png"]


def refusal(error):
    text = str(error)
    return (
        ("refused", "")
        if "\n" not in text and len(text) < 1000
        else ("bad", f"{type(error).__name__} of {len(text)} characters or several lines @ {text[:60]!r}")
    )


def scene(rng, folder):
    path, kind = folder / "a.json", rng.random()
    if kind < 0.05:
        path.write_bytes(rng.choice(ODD))
    elif kind < 0.25:
        path.write_bytes(mutate_bytes(rng, dump(rng.choice(SCENES)).encode()))
    else:
        path.write_text(dump(mutate_json(rng, rng.choice(SCENES))))
    try:
        saved = read_scene(path)
    except SceneError as error:
        return refusal(error)
    again = parsed(to_json(saved.scene, saved.picture)).scene
    hash(saved.scene)
    return ("opened", "") if again == saved.scene else ("bad", "written again it opens as another scene")


def run(rng, folder):
    path, kind = folder / "a.diffviz-run", rng.random()
    if kind < 0.2:
        path.write_bytes(mutate_bytes(rng, RUN))
    else:
        head = json.loads(dump(RUN_HEAD))
        if kind < 0.35:
            head = mutate_json(rng, head)
        elif kind < 0.95:
            head["__metadata__"] = {"diffviz_run": dump(mutate_json(rng, RUN_META))}
        else:
            head["__metadata__"] = rng.choice(METAS)
        text = dump(head).encode()
        path.write_bytes(len(text).to_bytes(8, "little") + text + RUN[8 + RUN_N :])
    try:
        load_run(path)
    except RunError as error:
        return refusal(error)
    return "opened", ""


class Trainer:
    """Stands for what a checkpoint is restored into."""

    steps_done = 0

    def restore(self, tensors, step):
        self.steps_done = step


def train(rng, folder):
    target, part = folder / "t", rng.choice(PARTS)
    shutil.copytree(GOOD, target)
    path = target / part
    if part == "samples":
        (target / "training/samples" / rng.choice(SAMPLES)).write_bytes(b"x")
    elif part.endswith(".json") and rng.random() < 0.75:
        path.write_text(dump(mutate_json(rng, json.loads(path.read_text()))))
    elif part.endswith(".json") and rng.random() < 0.5:
        path.write_bytes(rng.choice(ODD))
    elif part.endswith(".safetensors") and rng.random() < 0.5:
        save_file({"model.w": torch.zeros(2)}, path, {"diffviz": dump(mutate_json(rng, {"step": 10, "seconds": 1.0}))})
    else:
        path.write_bytes(mutate_bytes(rng, path.read_bytes()))

    def pictures():
        try:
            read_picture_sheet(target)
        except ModelError as error:
            return refusal(error)

    output = Output(target)
    steps = {
        "past_training": lambda: past_training(target),
        "read_picture_sheet": pictures,
        "check_classes": lambda: output.check_classes(("a", "b")),
        "recipe": lambda: output.recipe().check(),
        "trim_losses": lambda: output.trim_losses(7),
        "read_state": lambda: output.read_state(Trainer()),
    }
    worst = "opened", ""
    for name, step in steps.items():  # each by itself: one refusal does not hide what comes after it
        try:
            verdict = step()
        except TrainError as error:
            verdict = refusal(error) if name != "past_training" else foreign(error, f"[{part}, {name}] ")
        except Exception as error:
            verdict = foreign(error, f"[{part}, {name}] ")
        if isinstance(verdict, tuple) and verdict[0] in ("foreign", "bad"):
            return verdict
        if isinstance(verdict, tuple):
            worst = verdict
    return worst


figures, failed = [], 0
for make in (scene, run, train):
    if arena.options.only not in ("", make.__name__):
        continue
    tally = Tally(make.__name__)

    def trial(seed, make=make):
        folder, verdict = pathlib.Path(tempfile.mkdtemp(dir=arena.work)), ("foreign", "")
        try:
            verdict = make(random.Random(seed), folder)
        except Exception as error:
            verdict = foreign(error)
        finally:
            if verdict[0] in ("foreign", "bad"):
                arena.keep(f"{make.__name__}-{verdict[0]}{seed}", folder)
            shutil.rmtree(folder, ignore_errors=True)
        return verdict

    start = arena.seed * 10**6
    for seed, verdict, detail, seconds, megabytes in watched(trial, range(start, start + arena.n), 15, arena, 200):
        if verdict in ("refused", "opened") and seconds > 4:
            verdict, detail = "slow", verdict
        if verdict in ("refused", "opened") and megabytes > 500:
            verdict, detail = "memory", f"{verdict} with {megabytes:.0f} MB"
        tally.add(seed, verdict, detail, seconds, megabytes)
    tally.tell()
    failed += tally.failed
    figures.append(tally.figures())
arena.finish(failed, "; ".join(figures))
