"""The catalog's words and the functions behind them are the same things."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import torch

from diffviz import catalog
from diffviz.diffusion import SAMPLERS, SCHEDULES, Prediction, add_noise, step_levels
from diffviz.entries import Entry, Param
from diffviz.kinds import KINDS
from diffviz.timeline import forward_timeline

TABLES = {
    name: table for name, table in vars(catalog).items() if name.isupper() and isinstance(table, MappingProxyType)
}
ENTRIES = [entry for table in TABLES.values() for entry in table.values()]
PARAMS = [(entry, param) for entry in ENTRIES for param in entry.params]
COMMON = {"T", "denoiser", "x", "schedule", "steps", "spacing", "levels", "randn_like", "before"}


def keywords(function: Callable[..., Any]) -> dict[str, Any]:
    """A function's own keywords with their defaults."""
    signature = inspect.signature(function)
    return {name: p.default for name, p in signature.parameters.items() if name not in COMMON}


def values(param: Param) -> list[Any]:
    return list(param.choices) or [param.low, (param.low + param.high) / 2, param.high]


def test_kinds_of_data_are_those_that_can_be_used() -> None:
    assert list(KINDS) == list(catalog.KINDS) and all(kind.name == name for name, kind in KINDS.items())


def test_every_table_is_known_here() -> None:
    known = ["SCHEDULES", "SAMPLERS", "EXPERIMENTS", "SPACINGS", "LAYOUTS", "PACINGS", "CLIPS", "KINDS"]
    assert sorted(TABLES) == sorted(known)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_tables_are_read_only_and_keyed_by_name(table: Mapping[str, Entry]) -> None:
    assert all(key == entry.name for key, entry in table.items())
    assert len({entry.label for entry in table.values()}) == len(table)
    with pytest.raises(TypeError):
        table["new"] = Entry("new", "new", "")  # type: ignore[index]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.label)
def test_every_entry_explains_itself(entry: Entry) -> None:
    assert entry.label and entry.tip.endswith(".")
    assert len({param.name for param in entry.params}) == len(entry.params)


@pytest.mark.parametrize("entry, param", PARAMS, ids=lambda item: item.name)
def test_every_parameter_is_a_range_or_a_choice_around_its_default(entry: Entry, param: Param) -> None:
    assert param.label and param.tip.endswith(".")
    if param.choices:
        assert param.default in param.choices
    elif param.kind != "number":
        assert isinstance(param.default, str)
    else:
        assert param.low < param.high
        assert param.default is None or param.low <= float(param.default) <= param.high
        shown = round(param.low, param.decimals)
        assert shown == param.low, "a spin box could not reach its lowest value"


def test_parameters_of_one_name_are_one_control() -> None:
    """The laboratory's card makes one box for all experiments, beside the boxes of the sampler."""
    declared: dict[str, Param] = {}
    for entry in catalog.EXPERIMENTS.values():
        for param in entry.params:
            first = declared.setdefault(param.name, param)
            assert (first.kind, first.low, first.high, first.decimals, first.choices, first.label) == (
                param.kind, param.low, param.high, param.decimals, param.choices, param.label
            ), param.name  # fmt: skip
    of_samplers = {param.name for entry in catalog.SAMPLERS.values() for param in entry.params if not param.choices}
    assert not of_samplers & declared.keys()


@pytest.mark.parametrize("table, functions", [(catalog.SCHEDULES, SCHEDULES), (catalog.SAMPLERS, SAMPLERS)])
def test_names_and_keywords_are_those_of_the_functions(
    table: Mapping[str, Entry], functions: Mapping[str, Callable[..., Any]]
) -> None:
    # a drawn or given list of β has no keywords that a menu could offer
    assert set(table) == set(functions) - {"custom"}
    for name, entry in table.items():
        declared = {param.name: param.default for param in entry.params}
        assert declared == keywords(functions[name]), name


@pytest.mark.parametrize("T", [2, 1000])
@pytest.mark.parametrize("name", catalog.SCHEDULES)
def test_schedules_work_at_every_corner_of_the_menus(name: str, T: int) -> None:
    entry = catalog.SCHEDULES[name]
    for chosen in itertools.product(*(values(param) for param in entry.params)):
        given = dict(zip((param.name for param in entry.params), chosen, strict=True))
        if given.get("beta_start", 0) > given.get("beta_end", 1):
            continue
        alpha_bar = SCHEDULES[name](T=T, **given).alpha_bar
        assert alpha_bar.shape == (T + 1,) and alpha_bar[0] == 1
        # β = 0.999 at every step falls below the smallest float64 of full precision: there ᾱ stays at that
        falling = (np.diff(alpha_bar) < 0) | (alpha_bar[1:] == np.finfo(np.float64).tiny)
        assert np.all(np.isfinite(alpha_bar)) and np.all(falling) and alpha_bar[-1] > 0
        levels = forward_timeline(alpha_bar, 60).levels
        assert levels[0] == 0 and levels[-1] == T and np.all(np.diff(levels) >= 0)


@pytest.mark.parametrize("spacing", catalog.SPACINGS)
@pytest.mark.parametrize("name", catalog.SAMPLERS)
def test_samplers_work_at_every_corner_of_the_menus(name: str, spacing: str) -> None:
    schedule = SCHEDULES["linear"](T=100)

    def denoiser(x_t: torch.Tensor, t: int) -> Prediction:
        return Prediction(torch.zeros_like(x_t), x_t, variance=torch.zeros_like(x_t))

    x = add_noise(torch.zeros(1, 3, 2, 2), 100, torch.ones(1, 3, 2, 2), schedule)
    entry = catalog.SAMPLERS[name]
    for chosen in itertools.product(*(values(param) for param in entry.params)):
        given = dict(zip((param.name for param in entry.params), chosen, strict=True))
        steps = list(SAMPLERS[name](denoiser, x, schedule, steps=5, spacing=spacing, **given))
        assert len(steps) == 5 and torch.isfinite(steps[-1].x_s).all()


@pytest.mark.parametrize("spacing", catalog.SPACINGS)
def test_spacings(spacing: str) -> None:
    levels = step_levels(1000, 10, spacing)
    assert len(levels) == 11 and levels[-1] == 0
