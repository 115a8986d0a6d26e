"""What runs are called: a row says only what differs between the rows, the rest is said once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import PurePath

from diffviz import catalog
from diffviz.models.folder import CHECKPOINT_PARTS
from diffviz.scene import MAX_T, ModelSpec, RunSpec, SamplerSpec
from diffviz.sheet import Head

_ALWAYS = ("sampler", "steps", "class", "model")  # said in common even where they are the plain ones


def run_heads(runs: Sequence[RunSpec]) -> tuple[tuple[Head, ...], str]:
    """A head for each run, and the words that all of them share."""
    names = model_names([run.model.name for run in runs])
    words = [_words(run, names[run.model.name]) for run in runs]
    plain = [_words(RunSpec(ModelSpec(), SamplerSpec(run.sampler.name)), "") for run in runs]
    keys = list(dict.fromkeys(key for each in words for key in each))
    differing = {key for key in keys if len({each[key] for each in words if key in each}) > 1}
    # of one sampler alone: said where it is not the plain value
    partial = {key for key in keys if any(key not in each for each in words)} - differing
    if len(runs) == 1:
        differing = {"sampler", "steps"}
    titles = []
    for own, usual in zip(words, plain, strict=True):
        said = [key for key in own if key in differing or (key in partial and own[key] != usual[key])]
        titles.append(_title([(key, own[key]) for key in said or ("sampler", "steps")]))
    common = [text for key, text in _worth(words[0], plain[0]).items() if key not in differing | partial]
    return tuple(Head(title) for title in titles), " · ".join(common)


def settings_text(run: RunSpec, unread: Collection[str]) -> str:
    """What an experiment reads of a run, as ``run_heads`` says what is common to all, but for the model."""
    own = {param.name for param in catalog.SAMPLERS[run.sampler.name].params}
    guidance = {"guidance", "rescale", "between"}
    parts = {"guidance": guidance, "w": guidance, "rederive": {"eps"}, "sampler": {"sampler", *own}}
    left_out = {"model"} | {key for name in unread for key in parts.get(name, {name})}
    plain = _words(RunSpec(ModelSpec(), SamplerSpec(run.sampler.name)), "")
    words = _worth(_words(run, ""), plain)
    return _title([(key, text) for key, text in words.items() if key not in left_out])


def _worth(words: dict[str, str], plain: dict[str, str]) -> dict[str, str]:
    """Of a run's words those that are said though they are common to all."""
    return {key: text for key, text in words.items() if key in _ALWAYS or text != plain[key]}


def model_names(names: Sequence[str]) -> dict[str, str]:
    """Short names of models: the last part of each path, and as many parts before it as tell them apart."""
    parts = {name: _parts(name) for name in names}
    drawn = [name for name in parts if ":sha256:" in name]
    if len(drawn) > 1:  # of which the names say no more
        parts |= {name: (f"{catalog.model_name(name)} {k}",) for k, name in enumerate(drawn, 1)}
    for k in range(1, max(map(len, parts.values())) + 1):
        short = {name: "/".join(each[-k:]) for name, each in parts.items()}
        if len(set(short.values())) == len(short):
            return short
    return {name: name for name in names}


def _parts(name: str) -> tuple[str, ...]:
    parts = (catalog.model_name(name),) if name.startswith("exact") else PurePath(name).parts
    return parts[:-1] if len(parts) > 1 and parts[-1] in CHECKPOINT_PARTS else parts


def _words(run: RunSpec, model_name: str) -> dict[str, str]:
    sampler, model = run.sampler, run.model
    given = dict(sampler.params)
    entry = catalog.SAMPLERS[sampler.name]
    words = {"sampler": entry.label, "steps": f"{sampler.steps} steps"}
    for param in entry.params:
        value = given.get(param.name, param.default)
        words[param.name] = str(value).replace("_", " ") if param.choices else f"{param.label} = {value:g}"
    if given.get("grid", "steps") == "steps" or sampler.spacing == "leading":
        offset = f" + {sampler.offset}" if sampler.offset and sampler.spacing.startswith("leading") else ""
        words["spacing"] = catalog.SPACINGS[sampler.spacing].label + offset
    words["class"] = model.asked if model.class_label else "any class"
    guidance = model.guidance if model.class_label else 1.0  # which leads nowhere without a class or words
    words["guidance"] = f"w = {guidance:g}"
    if guidance != 1:
        words["rescale"] = f"φ = {model.rescale:g}"
        every = (model.guidance_low, model.guidance_high) == (0, MAX_T)
        words["between"] = "at every t" if every else f"at t = {model.guidance_low}..{model.guidance_high}"
    words["clip"] = f"clip {model.clip}"
    words["eps"] = "ε̂ derived again" if model.rederive_eps else "ε̂ kept"
    words["model"] = model_name
    # the plain run has no guidance: what belongs to it is compared with "off"
    return {"rescale": "φ = 0", "between": "at every t", **words} if model == ModelSpec() else words


def _title(said: list[tuple[str, str]]) -> str:
    """ "DDIM 50 · η = 0.5": sampler and steps in one breath."""
    words = dict(said)
    if "sampler" in words and "steps" in words:
        words["sampler"] += " " + words.pop("steps").removesuffix(" steps")
    return " · ".join(words.values())
