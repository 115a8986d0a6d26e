"""Fingerprint: the same for the same network and process, another for anything that changes a chain."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from diffviz.models import Model, load_model
from diffviz.models.classes import Classes
from diffviz.models.exact import exact_network
from diffviz.models.pictures import PictureSet


@pytest.fixture
def model(tiny_model_folder: Path) -> Model:
    return load_model(tiny_model_folder)


def test_the_same_files_have_the_same_one(model: Model, tiny_model_folder: Path) -> None:
    assert model.fingerprint == load_model(tiny_model_folder).fingerprint


def test_another_weight_schedule_or_order_of_classes_shows(model: Model, tiny_model_folder: Path) -> None:
    other = load_model(tiny_model_folder)
    with torch.no_grad():
        next(other.network.parameters())[0] += 1e-3
    beta = model.schedule.beta.copy()
    beta[50] *= 1.01
    process = dataclasses.replace(model.process, schedule=dataclasses.replace(model.schedule, beta=beta))
    same_words = dataclasses.replace(model, process=process)
    assert same_words.summary == model.summary
    names = Classes(model.class_names[::-1], model.null_class, model.classes.count)
    changed = [other, same_words, dataclasses.replace(model, classes=names)]
    assert len({each.fingerprint for each in [model, *changed]}) == 4


def test_pictures_that_are_all_a_little_brighter_are_another_set(model: Model) -> None:
    pixels = np.random.default_rng(0).integers(0, 200, (3, 3, 8, 8), dtype=np.uint8)

    def fingerprint(brighter: int) -> str:
        pictures = PictureSet(pixels + np.uint8(brighter), np.zeros(3, dtype=np.int64))
        network = exact_network(pictures, model.schedule)
        return dataclasses.replace(model, network=network, classes=Classes()).fingerprint

    assert fingerprint(0) == fingerprint(0) != fingerprint(20)
