"""The laboratory walks chains whose levels lie between whole ones, state by state."""

from __future__ import annotations

import numpy as np
from gui_driver import Driver

from diffviz.gui.panels.picture_card import PictureCard
from diffviz.scene import ExperimentSpec, RunSpec, SamplerSpec, params

STEPS = 40


def test_every_state_is_reached_both_ways(driver: Driver) -> None:
    driver.trigger("laboratory")
    sampler = SamplerSpec("euler", STEPS, params=params(grid="karras"))
    run = RunSpec(driver.scene.model, sampler)
    driver.window.controller.store.edit(experiment=ExperimentSpec(runs=(run,)))
    driver.idle()
    laboratory = driver.window.controller.laboratory
    film = laboratory.sheet.films[0]
    assert len({round(level) for level in film.levels}) < len(film.levels), "some share a whole number"
    laboratory.choose((0, 0))
    driver.trigger("first")
    for way, order in (("next", range(1, STEPS + 1)), ("back", range(STEPS - 1, -1, -1))):
        for i in order:
            driver.trigger(way)
            driver.idle()
            assert np.array_equal(driver.find("lab_first_panel", PictureCard).displayed_array(), film.x_t[i]), (way, i)
