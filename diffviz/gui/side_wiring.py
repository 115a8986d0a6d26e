"""What the side panel's controls do."""

from __future__ import annotations

from diffviz.gui.doors import Doors
from diffviz.gui.file_actions import FileActions
from diffviz.gui.models import ModelDesk
from diffviz.gui.options import Options
from diffviz.gui.panels.noise_card import FILE
from diffviz.gui.panels.side_panel import SidePanel


def connect_side(side: SidePanel, options: Options, models: ModelDesk, doors: Doors) -> None:
    """Let each intent edit the scene."""
    card, noise = side.schedule_card, side.noise_card
    card.chosen.connect(lambda name: doors.schedules.choose(name))
    card.param_chosen.connect(options.schedule_param)
    card.reset_asked.connect(lambda: options.schedule(params=()))
    noise.guess_chosen.connect(lambda name: _choose_guess(name, options, doors.files))
    side.sound_card.chosen.connect(lambda name: options.view(heard=name))
    side.model_chosen.connect(models.choose)
    side.sampler_chosen.connect(options.sampler)
    side.folder_row.button.clicked.connect(options.as_said)
    side.defaults.clicked.connect(options.as_default)
    side.sampler_param_chosen.connect(options.sampler_param)
    for panel in (side, card, noise, side.plane_card, side.guidance_rows):
        panel.setting_chosen.connect(options.take)


def _choose_guess(name: str, options: Options, files: FileActions) -> None:
    """What stands in the posterior's place of x_0; a file is asked for."""
    source = files.ask_other() if name == FILE else name
    if source:
        options.view(guess=source)
    else:
        options.show_again()
