"""What can be done now, and why not: the one place that decides. Menus, buttons, keys and tooltips read it."""

from __future__ import annotations

from collections.abc import Callable

from diffviz import catalog
from diffviz.lens_catalog import LENSES
from diffviz.scene import MAX_LEGS
from diffviz.session.state import WEIGHTS, Session

NOT_LOADED = "The chain shown was opened from a file and its model is not loaded; choose a model in the menu first"
NO_POINTS = "There are no points; draw some first"
OTHERS = "The settings are others now: “Go on from here” takes them, undo takes them back"
NO_CHAIN = "There is no chain to walk through yet; press Generate first"
NO_ROW = "There is no chain to walk through yet; press Run first"
NO_NUMBER = "The laboratory has no number t to type; the arrow keys and the slider below the pair walk both rows"


def permits(session: Session) -> dict[str, str]:
    """For each action that is not always allowed why it is not now; "" where it is."""
    return {name: why(session) for name, why in _RULES.items()}


def refusal(action: str, session: Session) -> str:
    """Why one action is not allowed now, "" where it is."""
    return _RULES[action](session)


def running(session: Session) -> str:
    """What a person is told who asks for a second job; "" where none runs."""
    return {
        "": "",
        "generate": f"A chain is {'paused' if session.job.paused else 'running'}; press Stop first",
        "experiment": "An experiment is running; press Stop first",
        "export": "An export is running; wait for it or cancel it",
        "train": "A network is being trained; press Stop first",
    }.get(session.job.kind, "A run is being read or written; wait for it")


def locked(session: Session) -> str:
    """Why settings cannot be changed now that a chain in the making does not read anew."""
    return {
        "generate": "Stop the chain first: it runs with the value shown",
        "experiment": "Stop the experiment first: it runs with the value shown",
        "export": "An export is running; wait for it or cancel it",
        "train": "Stop the training first: it runs with the value shown",
    }.get(session.job.kind, "")


def _walk(session: Session) -> str:
    if session.scene.laboratory:
        return "" if session.sheet.walkable else _no_row(session)
    return "" if session.scene.forward or session.run.there else NO_CHAIN


def _no_row(session: Session) -> str:
    """Why there is nothing to walk through in the laboratory."""
    sheet = session.sheet
    if sheet.chains:
        return "Click a picture of a chain to walk through it"
    if session.job.kind == "experiment":
        return "There is no chain to walk through yet"
    return "This sheet has no chains to walk through" if sheet.filled else NO_ROW


def _type_t(session: Session) -> str:
    return _walk(session) or (NO_NUMBER if session.scene.laboratory else "")


def _fit(session: Session) -> str:
    empty = session.scene.laboratory and not session.sheet.filled
    return "There are no pictures yet whose size could change; press Run first" if empty else ""


def _generate(session: Session) -> str:
    if session.job.running:
        return running(session)
    if session.model.loading:  # it waits for the model
        return ""
    if session.model.recorded:
        return NOT_LOADED
    if not session.model.known:
        return "No model is loaded; open one"
    if session.scene.pointless:
        return NO_POINTS
    return _missing(session) if session.scene.laboratory else ""


def _missing(session: Session) -> str:
    """What an experiment lacks to be run, and where it is chosen."""
    spec = session.scene.experiment
    if spec.name in ("guidance", "weights"):
        if not session.model.guides:
            return "This model has no null class to compare a class with; choose another model"
        if session.scene.model.class_label is not None:
            return ""
        if session.model.worded:
            return "Guidance compares words with none; type some in the side panel"
        return "Guidance compares a class with no class; choose a class in the side panel"
    if spec.name == "checkpoints" and not str(dict(spec.params).get("folder", "")).strip():
        return "It reads a folder that holds a training's checkpoints; choose one in the side panel"
    if catalog.EXPERIMENTS[spec.name].cloud and not catalog.KINDS[session.model.kind].cloud:
        return "This experiment is of points: open some out of Samples"
    if catalog.EXPERIMENTS[spec.name].worded and not session.model.worded:
        return "This experiment is of words; choose a model that is told some, such as faces-64"
    reads = any(param.name == "data" for param in catalog.EXPERIMENTS[spec.name].params)
    if reads and session.model.kind != "picture":  # "pictures" would be told as what the model makes
        return "This experiment reads a folder of images; choose a model that makes some"
    if reads and not session.model.pictures and not str(dict(spec.params).get("data", "")).strip():
        return "This model brings no pictures that it was trained on; choose a folder of pictures in the side panel"
    begins = catalog.begins_with_picture(spec.name, spec.params)
    reads = begins and session.scene.begins_with_open(session.model.kind, session.model.pictures)
    return _another_kind(session) if reads else ""


def _another_kind(session: Session) -> str:
    """Why the model takes nothing of what is open."""
    known, opened = catalog.KINDS[session.model.kind], catalog.KINDS[session.scene.data.kind]
    if known == opened:
        return NO_POINTS if session.scene.data.empty else ""
    return f"What is open is of the kind “{opened.label}”, the model's is “{known.label}”; choose another of either"


def no_canvas(session: Session) -> str:
    """Why no chain can begin with a drawing."""
    known, model = catalog.KINDS[session.model.kind], session.model
    if not model.known or model.loading or model.kind == "picture":
        return ""
    return f"A drawing is a picture, and the model's kind is “{known.label}”; open a picture, or choose another model"


def _brush(session: Session) -> str:
    return "" if catalog.KINDS[session.scene.data.kind].plane else no_canvas(session)


def _denoise(session: Session) -> str:
    if not session.scene.forward:
        return "Only in “Add noise”: it starts from the x_t shown there"
    if not session.model.known or session.model.loading:
        return "The model is still loading"
    if session.model.recorded:
        return NOT_LOADED
    return running(session) or _another_kind(session)


def _save_run(session: Session) -> str:
    if session.job.running:
        return running(session)
    kept = session.run.there and session.on_chain
    return "" if kept else "There is no chain to save yet; press Generate first"


def _export(session: Session) -> str:
    if session.scene.laboratory and session.job.running:  # the dialog of the others says it itself
        return running(session)
    there, made = {
        "forward": (not session.scene.data.empty, "point to export yet; draw some first"),
        "reverse": (session.run.there, "chain to export yet; press Generate first"),
        "laboratory": (session.sheet.filled, "result to export yet; press Run first"),
    }[session.page]
    return "" if there else f"There is no {made}"


def _pause(session: Session) -> str:
    job = session.job
    if job.kind != "generate" or job.stopping:
        return "No chain is running"
    return OTHERS if job.paused and session.changed else ""


def _next(session: Session) -> str:
    """At the newest state of a paused chain it does one step, as pause would do all."""
    run, job = session.run, session.job
    newest = session.on_chain and run.there and run.index == run.length - 1
    if newest and job.kind == "generate" and job.paused and session.changed:
        return OTHERS
    return _walk(session)


def _on_from_chain(session: Session, arrived: bool = True) -> str:
    """Why there is no going on; ``arrived``: also from the end of the chain."""
    run, job = session.run, session.job
    if not session.on_chain:
        return "Only in “Remove noise”"
    if session.model.recorded:
        return NOT_LOADED
    if not run.there:
        first = "There is no chain to go on with yet; press Generate first"
        return "Pause the chain first" if job.kind == "generate" else first
    if job.running and not (job.paused and job.kind == "generate"):
        return "Pause the chain first" if job.kind == "generate" else running(session)
    if not run.own:
        if "model.name" in session.changes:
            return "The chain shown was made by another model; take its settings back, or generate a new one"
        if WEIGHTS in session.changes:
            return "The network has learnt on since it made the chain shown; generate a new one to go on"
        return "Nothing says that the network loaded now made the chain shown; generate a new one to go on"
    if arrived and run.t == 0 and not run.on_from:
        return "The chain has arrived at t = 0; go back to a state before it"
    if run.fan and run.open_tile is None:
        return "Open one of the futures first: click it"
    if len(run.made.history) >= MAX_LEGS:
        return f"The chain was changed {MAX_LEGS} times already; generate a new one"
    return ""


def words_wait(session: Session) -> str:
    """What words that are typed now have to wait for, "" for nothing; where a chain of words pauses its field is free:
    they lead on from there."""
    job, model = session.job, session.model
    held = job.paused and job.kind == "generate" and model.ready and model.worded
    return "" if held else running(session)


def _one_sample(session: Session) -> str:
    return "" if session.run.chosen is not None else "Open one sample first: click it"


def _futures(session: Session) -> str:
    return _on_from_chain(session) or _one_sample(session)


def _of_one_chain(session: Session) -> str:
    """Futures are many ways out of one chain, none of which is what the scene says."""
    fanned = session.on_chain and session.run.fan and session.run.there
    return running(session) or "Go back to the chain first: Esc" if fanned else ""


def _decide(session: Session) -> str:
    return _of_one_chain(session) or _on_from_chain(session, arrived=False) or _one_sample(session)


def _return(session: Session) -> str:
    if not session.on_chain:
        return "Only in “Remove noise”"
    return running(session) if session.run.parents else "No branch was made from another chain"


def _repeat(session: Session) -> str:
    asked = session.run.asked
    if not (session.scene.history or session.scene.start):
        if session.run.there and (asked.history or asked.start):
            return "The history of the chain shown is not set any more; take the chain's settings back first"
        return "Nothing was changed on the way: Generate runs the same chain again"
    if session.job.running:
        return running(session)
    if not session.model.known:
        return "The model is still loading"
    if session.model.recorded:
        return NOT_LOADED
    if why := _of_one_chain(session):
        return why
    if session.on_chain and session.changes:
        return "The settings are others now; take the chain's back first"
    model = session.scene.model.name
    for name in (leg.model.name for leg in session.scene.history):
        if catalog.model_name(name) != catalog.model_name(model):
            return f"The history is of another model; choose {catalog.model_name(name)} first"
    return _another_kind(session) if session.scene.start else ""


def _restore_chain(session: Session) -> str:
    if session.job.running:
        return running(session)
    return "" if session.run.replaced else "No chain was replaced, or it is no longer recorded"


def _take_settings(session: Session) -> str:
    if not session.again and not (session.on_chain and session.run.there):
        return "There is no chain whose settings could be taken"
    if session.job.running and not session.job.paused:
        return running(session)
    return "" if session.changes - {WEIGHTS} else "These are the settings of the chain shown"


def _redo(session: Session) -> str:
    if session.job.decides:  # it would lead on from the midst of them
        return "Futures are drawn one after the other; press Stop first"
    if session.in_hand:
        return "A stroke is being drawn; lift the brush first"
    return "" if session.can_redo else "Nothing to redo"


def _live(session: Session) -> str:
    looks_back = session.job.kind == "generate" and not session.run.following
    return "" if looks_back else "The slider follows a running chain by itself"


def _favourite(session: Session) -> str:
    if not session.run.there:
        return "There is no sample yet: “Remove noise”, then Generate"
    return "" if session.on_chain else "Only in “Remove noise”"


def _plane(session: Session) -> str:
    kind = session.scene.data.kind
    seen = catalog.KINDS[kind].plane and session.seen_kind == kind and not session.scene.laboratory
    if seen and session.scene.data.empty:
        return NO_POINTS
    if seen and session.apart:
        return "The chain shown is of other points than those that are open"
    if seen and not session.scene.forward and session.run.there and session.run.chosen is None:
        return "Drawn over one cloud; click one of these to look at it alone"
    if seen and not session.scene.forward and not session.run.there and session.scene.count > 1:
        return "Drawn over one cloud, not over several x_T"
    return "" if seen else "Only over points in the plane: open a file of them, or a cloud out of Samples"


def _lens(session: Session) -> str:
    return "The laboratory has no lens; “Add noise” and “Remove noise” have" if session.scene.laboratory else ""


def _spectrum(session: Session) -> str:
    if session.scene.laboratory:
        return _lens(session)
    if not catalog.KINDS[session.seen_kind].cloud:
        return ""
    other = "open" if catalog.KINDS[session.scene.data.kind].cloud else "generate"
    return f"Points have no grid of pixels, so there is no spectrum of them; {other} a picture or a sound"


def _one_to_one(session: Session) -> str:
    if session.scene.laboratory:
        return "Only in “Add noise” and “Remove noise”"
    kind = catalog.KINDS[session.seen_kind]
    return "Only pictures have pixels of their own; the wheel zooms" if kind.cloud or kind.heard else ""


def _play_sound(session: Session) -> str:
    scene = session.scene
    if not catalog.KINDS[session.seen_kind].heard or scene.laboratory:
        return "Only a sound can be heard: open a file of one, or a sound out of Samples"
    return "" if scene.forward or session.run.there else "Nothing is recorded to be heard yet: press Generate"


_RULES: dict[str, Callable[[Session], str]] = {
    **dict.fromkeys(("play", "first", "back", "last", "back_ten"), _walk),
    **dict.fromkeys(("next", "next_ten"), _next),
    "type_t": _type_t,
    "fit": _fit,
    **dict.fromkeys(("density", "arrows", "paths"), _plane),
    **dict.fromkeys((*(f"lens_{name}" for name in LENSES), "save_lens", "copy_numbers", "save_numbers"), _lens),
    "lens_spectrum": _spectrum,
    "one_to_one": _one_to_one,
    "unfold": lambda session: "" if session.on_chain else "Only in “Remove noise”: it is of a chain's step",
    **dict.fromkeys(("play_sound", "save_sound"), _play_sound),
    "undo": lambda session: "" if session.can_undo or session.in_hand or session.job.decides else "Nothing to undo",
    "redo": _redo,
    "generate": _generate,
    "cancel": lambda session: "" if session.job.running else "Nothing is running",
    "live": _live,
    "denoise": _denoise,
    "brush": _brush,
    "pin_schedule": lambda session: "" if session.scene.forward else "Only in “Add noise”: a model has one schedule",
    "last_time": lambda session: "" if session.left else "Nothing is there of a window before",
    "save_run": _save_run,
    "export": _export,
    "pause": _pause,
    "go_on": _on_from_chain,
    "futures": _futures,
    "decide": _decide,
    "return": _return,
    "repeat": _repeat,
    "restore_chain": _restore_chain,
    "take_settings": _take_settings,
    "favourite": _favourite,
    "opening": running,
}
