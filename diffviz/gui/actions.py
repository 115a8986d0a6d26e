"""Every action of the window: its name, words, key, icon and tooltip, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow

from diffviz import catalog
from diffviz.gui.icons import icon
from diffviz.gui.panels.controls import say_typed
from diffviz.gui.theme import wrapped
from diffviz.lens_catalog import LENSES
from diffviz.palette import Palette


class Row(NamedTuple):
    text: str
    keys: str = ""  # the first is shown; those of presenters' remotes stand after it
    icon: str = ""
    tip: str = ""
    checkable: bool = False
    short: str = ""  # on a button, where it differs


ACTIONS: dict[str, Row] = {
    "open": Row(
        "Open…", "Ctrl+O", "open", "Open a picture, points, a sound, a scene or a run, or drop one on the window"
    ),
    "paste": Row("Paste", "Ctrl+V", "paste", "Use what is in the clipboard as x_0"),
    "copy": Row("Copy panel", "Ctrl+C", "copy", "Copy the panel under the cursor"),
    "copy_numbers": Row(
        "Copy numbers", "Ctrl+Shift+C", "copy", "Copy every number of the lens, to paste it into a spreadsheet"
    ),
    "save_numbers": Row("Save numbers as CSV…", "", "save", "Write every number of the lens to a file"),
    "save_lens": Row("Save lens as figure…", "", "save", "Save the lens as PNG, or as SVG for a paper"),
    "save_png": Row("Save panel as PNG…", "Ctrl+S", "save", "Save the panel under the cursor as PNG"),
    "save_sound": Row("Save sound as WAV…", "", "save", "Write what the chosen panel holds, as it is heard"),
    "open_scene": Row("Open scene…", "Ctrl+Shift+O", "", "Open a saved scene: picture, t, schedule, model, sampler"),
    "last_time": Row(
        "Go on where you were", "", "", "What the last window was left with, and its chain if it was saved"
    ),
    "save_scene": Row("Save scene…", "Ctrl+Shift+S", "", "Save everything that is set, to go on later"),
    "design": Row(
        "Design schedule…",
        "S",
        "curve",
        "Draw the β schedule: drag points of β, ᾱ, SNR or σ; x_t follows",
    ),
    "pin_schedule": Row(
        "Pin the schedule",
        "C",
        "pin",
        "Keep it beside the next ones: its curves dotted, its x_t right of a line; once more: no longer",
        True,
    ),
    "import_schedule": Row("Import schedule…", "", "", "Take a list of β from a JSON file, as diffusers writes it"),
    "export_schedule": Row("Export schedule…", "", "", "Write the β of the schedule shown as JSON (trained_betas)"),
    "open_run": Row("Open run…", "", "", "Walk through a recorded chain that was saved in a file"),
    "save_run": Row("Save run…", "", "", "Save the recorded chain in one file, to walk through it on any machine"),
    "open_model": Row("Open model folder…", "Ctrl+M", "folder", "Load a diffusers folder with safetensors weights"),
    "brush": Row(
        "Draw x₀…", "D", "brush", "Draw, let go, and the network makes a picture of it; of points a brush on x_0"
    ),
    "points_of_picture": Row("Points out of the picture", "", "", "Open 5,000 points, more where it is darker"),
    "train": Row("Train on my pictures…", "Ctrl+T", "", "Make a model of pictures, or of the points that are open"),
    "export": Row("Export…", "Ctrl+E", "export", "Write an animation or a filmstrip"),
    "quit": Row("Quit", "Ctrl+Q"),
    "undo": Row("Undo", "Ctrl+Z", "undo"),
    "redo": Row("Redo", "Ctrl+Y", "redo"),
    "direction_forward": Row("Add noise", "Ctrl+1", "", "Forward: q(x_t | x_0) = N(√ᾱ_t x_0, (1−ᾱ_t) I)", True),
    "direction_reverse": Row("Remove noise", "Ctrl+2", "", "Reverse: the network's chain p_θ(x_s | x_t)", True),
    "laboratory": Row("Laboratory", "Ctrl+3", "", "Compare runs, guidance, strengths: experiments", True),
    "play": Row("Play", "Space", "play", "Play along t; Forward plays upwards, Reverse downwards"),
    "play_sound": Row("Listen", "H", "sound", "Hear what the chosen panel shows, at the slider's t, around and around"),
    "first": Row("First state", "Home", "skip-start", "Go to the first state"),
    "back": Row("Previous state", "Left PgUp", "step-back", "One step back; with Shift ten"),
    "next": Row("Next state", "Right PgDown", "step-forward", "One step on; with Shift ten"),
    "last": Row("Last state", "End", "skip-end", "Go to the last state"),
    "type_t": Row("Type t", "T", "", "The keys go to the number t; Return goes there"),
    "back_ten": Row("Ten back", "Shift+Left"),
    "next_ten": Row("Ten on", "Shift+Right"),
    "loop": Row("Play once", "L", "once", "At the end: stop, start again, or play back"),
    "live": Row("Live", "", "live", "Follow the running chain again"),
    "say_words": Row(
        "Type words…", "W", "", "A face out of words: the model that is told some, 20 steps of DPM-Solver++ 2M at w = 2"
    ),
    "generate": Row("Generate", "Ctrl+G", "generate", "Run the reverse chain from the seed's noise"),
    "cancel": Row("Stop", "Ctrl+.", "stop", "Stop the chain, experiment or export; what is there stays"),
    "denoise": Row("Denoise from here", "Ctrl+D", "denoise", "Run the chain from the x_t that is shown"),
    "pause": Row("Pause", "P", "pause", "Hold the running chain: → then does one step of it, ← looks back; or resume"),
    "go_on": Row(
        "Go on from here", "G", "branch", "A branch: the chain goes on from the state shown, with the settings shown"
    ),
    "futures": Row(
        "8 futures from here",
        "8",
        "futures",
        "What else could have come of the state shown: eight other continuations beside its own, and how far they part",
        short="8 futures",
    ),
    "decide": Row(
        "When is it decided?",
        "Ctrl+8",
        "",
        "Futures from six states along the chain, one after the other: from which t on do they hardly differ?",
    ),
    "return": Row("Back to the chain before", "Backspace", "return", "The chain that this one was made from"),
    "repeat": Row(
        "Run the history again", "", "repeat", "From the seed through all changes on the way: the same pictures again"
    ),
    "restore_chain": Row(
        "Bring the chain back", "", "undo", "The chain that the one shown has replaced, with its settings"
    ),
    "take_settings": Row("Back to the chain's settings", "", "undo", "Set again what made the chain shown"),
    "favourite": Row(
        "Mark or unmark favourite", "M", "star", "Mark the sample shown or pointed at, to find it again; once more: not"
    ),
    "new_noise": Row("New noise", "N", "dice", "Draw another seed: other noise, the same words and settings"),
    "fit": Row("Fit", "F", "fit", "Show whole pictures, as large as their cards"),
    "one_to_one": Row(
        "Its own pixels", "1", "one-to-one", "Noise the pixels of the file; one of the screen's shows one of them"
    ),
    **{
        f"lens_{entry.name}": Row(f"Lens: {entry.label}", f"Alt+{number}", "", entry.tip)
        for number, entry in enumerate(LENSES.values(), start=1)
    },
    "density": Row(
        "Density of points",
        "Shift+D",
        "",
        "The exact density of x_t, shaded by its root: 1/m Σ N(x; √ᾱ_t x_i, (1−ᾱ_t) I)",
        True,
        "density",
    ),
    "arrows": Row(
        "Score of points",
        "Shift+S",
        "",
        "Arrows along the score ∇ ln q(x_t) = −E[ε|x_t]/√(1−ᾱ_t), uphill in the density. They are 1−ᾱ_t times the "
        "score, the way to √ᾱ_t E[x_0|x_t], long ones drawn shorter; the score itself grows as t → 0. At t = 0, single "
        "points, there is none. Guided arrows are not the slope of the shade",
        True,
        "score",
    ),
    "paths": Row(
        "Paths of points",
        "Shift+P",
        "",
        "Add noise: the way of one point from x_0 to x_T with its ε; click another. Remove noise: ODE and SDE from one "
        "x_T, which can be dragged, in up to 100 steps. Of many x_T both have the same density at each t: the SDE's "
        "stronger pull along the score balances the fresh noise that it adds",
        True,
        "paths",
    ),
    "presentation": Row(
        "Presentation", "F11", "fullscreen", "Pictures and curves, large; Space and arrows drive", True
    ),
    "unfold": Row(
        "From the network to the step",
        "V",
        "",
        "Removing noise, the line of the step begins with what the network returns: v̂ → (x̂_0, ε̂) → step",
        True,
        "network to step",
    ),
    "blank": Row("Black screen", "B .", "", "A black screen while you talk; any key brings the pictures back"),
    "next_part": Row("Next part", "F6", "", "The keys go to the next part of the window, as Tab to the next control"),
    "part_before": Row("Part before", "Shift+F6", "", "The keys go to the part of the window before"),
    "opening": Row("Play the opening again", "", "", "Your picture drowns in noise, and chains rise from it"),
    "escape": Row("Back", "Esc", "", "Back to the grid, out of the presentation, or from any control to the slider"),
    "reset_view": Row("Reset window", "", "", "Layout, zoom, curves and messages as at the first launch"),
    "help": Row("What is what?", "F1", "", "Names what is seen and lists the keys"),
    "glossary": Row("Glossary…", "Shift+F1", "", "Every sign and word, with formula, paper, and a scene that shows it"),
    "about": Row("About diffviz"),
}
LOOPS = {
    "once": ("Play once", "once"),
    "loop": ("Loop", "loop"),
    "there_and_back": ("There and back", "back-and-forth"),
}


def make_actions(window: QMainWindow) -> dict[str, QAction]:
    """All actions, added to the window, each named ``<key>_action``."""
    made = {}
    for name, row in ACTIONS.items():
        action = QAction(row.text, window)
        action.setObjectName(f"{name}_action")
        action.setCheckable(row.checkable)
        action.setIconText(f" {row.short or row.text}")
        if row.keys:
            action.setShortcuts([QKeySequence(keys) for keys in row.keys.split()])
        if name != "escape":  # which closes the phrases that are offered, and no more
            action.triggered.connect(lambda: say_typed(window))  # first of all that hear of it
        set_tip(action, row.tip or row.text)
        window.addAction(action)
        made[name] = action
    return made


def train_words(kind: str) -> str:
    """What training is called where data of a kind are open."""
    return "Train a small network…" if catalog.KINDS[kind].cloud else ACTIONS["train"].text


def set_tip(action: QAction, text: str) -> None:
    """A tooltip with the shortcut at its end."""
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    action.setToolTip(wrapped(f"{text}  ({keys})" if keys else text))


def set_enabled(action: QAction, enabled: bool, why: str) -> None:
    """Enable, or disable and say why in the tooltip."""
    action.setEnabled(enabled)
    row = ACTIONS[action.objectName().removesuffix("_action")]
    if enabled:
        set_tip(action, row.tip or row.text)
    else:  # its keys do nothing, and at the end of such a sentence they would be those of what it advises
        action.setToolTip(wrapped(why))


def set_icons(actions: Mapping[str, QAction], palette: Palette) -> None:
    """Icons in the palette's colours."""
    for name, row in ACTIONS.items():
        if row.icon:
            actions[name].setIcon(icon(row.icon, palette))
