"""What the side panel's controls do."""

from __future__ import annotations

from diffviz.gui.doors import Doors
from diffviz.gui.file_actions import FileActions
from diffviz.gui.models import ModelDesk
from diffviz.gui.options import Options
from diffviz.gui.panels.noise_card import FILE
from diffviz.gui.panels.side_panel import SidePanel
from diffviz.session.store import Store


def connect_side(side: SidePanel, store: Store, options: Options, models: ModelDesk, doors: Doors) -> None:
    """Let each intent edit the scene."""
    card, noise = side.schedule_card, side.noise_card
    card.chosen.connect(lambda name: doors.schedules.choose(name))
    card.T_chosen.connect(lambda T: options.schedule(T=T))
    card.param_chosen.connect(options.schedule_param)
    card.scaled_chosen.connect(lambda on: options.schedule(scaled=on))
    card.zero_snr_chosen.connect(lambda on: options.schedule(zero_snr=on))
    card.reset_asked.connect(lambda: options.schedule(params=()))
    noise.seed_chosen.connect(lambda seed: store.edit(seed=seed))
    noise.eps_range_chosen.connect(lambda value: options.view(eps_range=value))
    noise.how_chosen.connect(lambda how: store.edit(forward_noise=how))
    noise.guess_chosen.connect(lambda name: _choose_guess(name, options, doors.files))
    side.plane_card.chosen.connect(lambda name, on: options.view(**{name: on}))
    side.sound_card.chosen.connect(lambda name: options.view(heard=name))
    noise.second_chosen.connect(lambda row: options.view(second=row))
    side.model_chosen.connect(models.choose)
    side.class_chosen.connect(lambda name: options.part("model", class_label=name))
    side.words.blend.chosen.connect(lambda share: options.part("model", blend=share))
    side.guidance_chosen.connect(lambda value: options.part("model", guidance=value))
    side.guidance_rows.chosen.connect(lambda field, value: options.part("model", **{field: value}))
    side.rederive_chosen.connect(lambda on: options.part("model", rederive_eps=on))
    side.sampler_chosen.connect(options.sampler)
    side.folder_row.button.clicked.connect(options.as_said)
    side.defaults.clicked.connect(options.as_default)
    side.sampler_param_chosen.connect(options.sampler_param)
    side.steps_chosen.connect(lambda steps: options.part("sampler", steps=steps))
    side.spacing_chosen.connect(lambda name: options.part("sampler", spacing=name))
    side.pace_chosen.connect(lambda pace: options.view(pace=pace))
    side.count_chosen.connect(lambda count: store.edit(count=count))
    side.noise_chosen.connect(lambda seed: store.edit(noise=seed))
    side.class_rows_chosen.connect(lambda on: store.edit(class_rows=on))


def _choose_guess(name: str, options: Options, files: FileActions) -> None:
    """What stands in the posterior's place of x_0; a file is asked for."""
    source = files.ask_other() if name == FILE else name
    if source:
        options.view(guess=source)
    else:
        options.show_again()
