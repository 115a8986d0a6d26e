"""``diffviz info``: what is installed, what works, where things lie, and whether that is enough."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from pathlib import Path

from diffviz import __version__
from diffviz.assets import asset, assets_dir, builtin_models
from diffviz.files import begin_folder, log_path, models_dir, own_models

# distribution names; asked for by metadata, so that nothing is imported for a version number
PACKAGES = (
    "numpy",
    "torch",
    "diffusers",
    "safetensors",
    "huggingface_hub",
    "pillow",
    "av",
    "PySide6-Essentials",
)


def run() -> int:
    """Print the report to standard output; 0 if it ends in "ready", 1 if something is missing."""
    missing: list[str] = []
    sections = (("versions", _versions), ("devices", _devices), ("models", _models), ("folders", _folders))
    for title, lines in sections:
        print(f"{title}:")
        for line in lines(missing):
            print(f"  {line}")
    print("ready" if not missing else f"missing: {'; '.join(missing)}")
    return 1 if missing else 0


def _versions(missing: list[str]) -> list[str]:
    lines = [f"diffviz {__version__}", f"Python {platform.python_version()} on {platform.platform()}"]
    for name in PACKAGES:
        try:
            lines.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(f"the package {name} (pip install {name})")
    return lines


def _devices(missing: list[str]) -> list[str]:
    try:
        from diffviz.engine import device as devices
    except ImportError as error:
        missing.append(f"a torch that can be imported ({error})")
        return ["none, for torch cannot be imported"]
    lines = []
    for kind in devices.ORDER:
        if not devices.available(kind):
            lines.append(f"{kind}: not there")
            continue
        try:
            lines.append(f"{kind}: works, {devices.label(devices.prove(kind))}")
        except Exception as error:  # a broken driver raises what it likes
            lines.append(f"{kind}: fails ({devices.first_line(error)})")
            if kind == "cpu":
                missing.append("a torch that works on the CPU")
    return lines


def _models(missing: list[str]) -> list[str]:
    try:
        names = builtin_models()
    except OSError:
        names = []
    if not names:
        missing.append(f"the shipped models in {asset('models')} (install diffviz again)")
    lines = [f"{name}: {asset('models', name)}" for name in names]
    lines += [f"{folder.name}: {folder}" for folder in own_models()]
    cache = _hub_cache()
    found = sorted(folder.name[len("models--") :].replace("--", "/") for folder in cache.glob("models--*--*"))
    return lines + [f"{name}: in the hub's cache" for name in found]


def _folders(missing: list[str]) -> list[str]:
    if not asset("fonts", "DejaVuSans.ttf").is_file():
        missing.append(f"the font in {asset('fonts')} (install diffviz again)")
    return [
        f"assets: {assets_dir()}",
        f"trained models: {models_dir()}",
        f"log: {log_path()}",
        f"hub cache: {_hub_cache()}",
        f"Python: {sys.executable}",
    ]


def _hub_cache() -> Path:
    """Where huggingface_hub keeps models: its own rule, without its import."""
    home = Path(os.environ.get("HF_HOME") or begin_folder() / ".cache" / "huggingface")
    return Path(os.environ.get("HF_HUB_CACHE", home / "hub"))
