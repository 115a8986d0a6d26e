"""Which command does what. Each is imported when it is asked for: Qt, torch and diffusers wait inside their branch."""

from __future__ import annotations

import argparse
import gc
import logging
import sys
import warnings
from typing import Any

from diffviz.cli.words import is_file


def run(arguments: argparse.Namespace) -> int:
    """Carry out a parsed command line; the exit code. Raises UsageError for bad input."""
    if arguments.command == "gui":
        return _gui(arguments)
    if arguments.command == "info":
        from diffviz.cli import info

        return info.run()
    # standard error is for our one line: libraries keep their remarks
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())
    if arguments.command == "train":
        from diffviz.cli import train

        return train.run(arguments)
    if arguments.command == "experiment":
        from diffviz.cli import experiment

        return experiment.run(arguments)
    from diffviz.cli import export

    return export.run(arguments)


def _gui(arguments: argparse.Namespace) -> int:
    try:
        from diffviz.gui.app import run as run_window

        name, file = arguments.schedule, None
        if name is not None and is_file(name):
            name, file = None, name
        scheduler = (name, arguments.T, arguments.prediction)
        given: dict[str, Any] = {"scheduler": scheduler} if any(scheduler) else {}
        if file is not None:
            given["schedule"] = file
        return run_window(
            path=arguments.path,
            scene=arguments.scene,
            model=arguments.model,
            device=arguments.device,
            seed=arguments.seed,
            **given,
        )
    finally:
        gc.enable()
