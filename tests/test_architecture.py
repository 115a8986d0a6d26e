"""The arrows between the modules, who may import what from outside, and how long things may be."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path

import pytest

import diffviz

PACKAGE = Path(diffviz.__file__).parent
MAX_MODULE = 400
MAX_FUNCTION = 60

# What each part may import, besides itself and what ANYONE may.
ANYONE = {"diffviz", "catalog", "entries", "experiment_catalog", "files", "bounded", "checks", "locks", "streams"}
ANYONE |= {"assets", "palette", "meter", "bands", "ticks", "numerals", "lens_catalog", "sampling", "vocabulary"}
ANYONE |= {"phrasebook", "evenly"}
ARROWS = {
    "scene": set(),
    "scene_check": {"scene"},
    "scene_file": {"scene", "scene_check"},
    "schedule_file": {"scene", "scene_check"},
    "session": {"scene", "timeline"},
    "timeline": {"scene"},
    "sheet": {"timeline"},
    "chart": set(),
    "lenses": {"diffusion", "kinds", "chart"},
    "images": set(),
    "kinds": {"images"},
    "diffusion": set(),
    "models": {"diffusion", "images", "kinds"},
    "train": {"models", "diffusion", "images", "kinds"},
    "export": {"scene", "timeline", "images", "sheet", "chart"},
    "engine": {
        *("train", "models", "diffusion", "export", "scene", "scene_file", "timeline", "images", "sheet", "kinds"),
        *("lenses", "chart"),
    },
    "gui": {
        "session",
        "engine",
        "kinds",
        "train",
        "diffusion",
        "export",
        "scene",
        "scene_file",
        "schedule_file",
        "timeline",
        "images",
        "sheet",
        "chart",
        "lenses",
        "faults",
    },
    "faults": set(),
    "notebook": {"gui", "models", "scene"},
    "cli": {
        "schedule_file",
        "gui",
        "engine",
        "kinds",
        "train",
        "models",
        "export",
        "scene",
        "scene_check",
        "sheet",
        "timeline",
        "images",
        "faults",
    },
    "__main__": {"cli"},
}
# The package's own door to what its users call; only when it is asked for.
LATER = {"diffviz": {"notebook"}}
# Packages from outside that only some may use. Everyone else has numpy and the standard library.
OUTSIDE = {
    "PySide6": {"gui", "notebook"},
    "shiboken6": {"gui"},
    "torch": {"diffusion", "models", "train", "engine", "lenses", "cli"},
    "diffusers": {"models"},
    "transformers": {"models"},
    "tokenizers": {"models"},
    "safetensors": {"models", "train", "engine"},
    "huggingface_hub": {"models"},
    "accelerate": {"train"},
    "miniaudio": {"gui"},
    "av": {"export", "kinds"},
    "PIL": {"images", "export", "kinds"},
    "pillow_heif": {"images"},
    "numpy": {
        *("scene", "timeline", "sheet", "chart", "evenly", "lenses", "images", "kinds", "diffusion"),
        *("models", "train", "export", "engine", "gui", "cli"),
    },
}
# Slow to import: only inside a function, or for the type checker
LAZY = dict.fromkeys(("diffusers", "transformers", "tokenizers", "pillow_heif", "huggingface_hub", "miniaudio"))
LAZY |= {"torch": {"cli"}}
# What a panel may import of the window: other panels, and how things look and read
PANELS_KNOW = tuple(f"diffviz.gui.{name}" for name in ("panels", "icons", "numbers", "runs", "theme"))


@dataclass(frozen=True)
class Import:
    """``module`` as it is named where it is imported; ``when``: "always", in a function ("later") or for "types"."""

    module: str
    when: str
    line: int


MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


def part(module: str) -> str:
    """The part of the house that a module of diffviz belongs to: "gui" for diffviz.gui.panels.t_slider."""
    return module.split(".")[1] if "." in module else module


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(module: str) -> tuple[Import, ...]:
    return tuple(_imports(tree(MODULES[module]), "always"))


def _imports(node: ast.AST, when: str) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, when, child.lineno) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports name the whole path"
            for alias in child.names:
                full = f"{child.module}.{alias.name}"
                yield Import(full if full in MODULES else str(child.module), when, child.lineno)
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _imports(child, "later" if when == "always" else when)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            yield from _imports(child, "types")
        else:
            yield from _imports(child, when)


def inside(module: str) -> list[Import]:
    return [item for item in imports(module) if item.module.split(".")[0] == "diffviz"]


def outside(module: str) -> list[Import]:
    return [item for item in imports(module) if item.module.split(".")[0] != "diffviz"]


def in_a_circle(graph: Mapping[str, set[str]]) -> set[str]:
    """The nodes of a graph that some way from them leads back to."""

    def reached(start: str) -> set[str]:
        found: set[str] = set()
        todo = [start]
        while todo:
            new = graph.get(todo.pop(), set()) - found
            found |= new
            todo += new
        return found

    return {name for name in graph if name in reached(name)}


def over(modules: Iterable[str]) -> Callable[[Callable[[str], None]], Callable[[], None]]:
    """A check of each of the modules as one test, which names all that fail: thousands of tests of a millisecond cost
    more to hand to a worker than to run."""

    def made(check: Callable[[str], None]) -> Callable[[], None]:
        @wraps(check)
        def test() -> None:
            wrong = []
            for module in modules:
                try:
                    check(module)
                except AssertionError as error:
                    wrong.append(f"{module}: {error}")
            assert not wrong, "\n".join(wrong)

        del test.__wrapped__  # type: ignore[attr-defined]  # pytest would ask for its arguments
        return test

    return made


@over(MODULES)
def test_no_import_against_the_arrows(module: str) -> None:
    home = part(module)
    if home in ANYONE:
        allowed = ANYONE | LATER.get(module, set())
    else:
        assert home in ARROWS, f"say in ARROWS what {home} may import"
        allowed = ANYONE | ARROWS[home] | {home}
    wrong = [f"line {item.line}: {item.module}" for item in inside(module) if part(item.module) not in allowed]
    assert not wrong, f"{module} must not import {wrong}"


def test_the_arrows_go_one_way() -> None:
    assert not in_a_circle(ARROWS)


@over(MODULES)
def test_packages_from_outside_stay_behind_their_doors(module: str) -> None:
    home = part(module)
    for item in outside(module):
        package = item.module.split(".")[0]
        assert package in sys.stdlib_module_names or package in OUTSIDE, f"line {item.line}: {package} is new here"
        assert home in OUTSIDE.get(package, {home}), f"line {item.line}: only {OUTSIDE[package]} may import {package}"
        homes = LAZY.get(package, set())
        if homes is None or home in homes:
            assert item.when != "always", f"line {item.line}: {package} is slow; import it inside a function"


def test_no_circle_of_imports() -> None:
    """Imports in functions and for types count too: modules that know each other are one module in two files."""
    # everybody may ask the package for its version; it opens the notebook's door for nobody inside
    graph = {name: {item.module for item in inside(name)} - {name, "diffviz"} for name in MODULES}
    assert not in_a_circle(graph)


@over(MODULES)
def test_lengths(module: str) -> None:
    path = MODULES[module]
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MAX_MODULE, f"{module} has {lines} lines; split it"
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= MAX_FUNCTION, f"{module}.{node.name} has {length} lines; split it"


@over(MODULES)
def test_every_module_says_what_it_is(module: str) -> None:
    if MODULES[module].read_text(encoding="utf-8").strip() and not module.endswith("__main__"):
        assert ast.get_docstring(tree(MODULES[module]))
    assert not Path(MODULES[module]).stem.startswith(("util", "helper", "misc"))


WAYS = {"forward", "reverse", "laboratory", "equation"}


@over([name for name in MODULES if name != "diffviz.scene"])
def test_only_the_scene_compares_what_is_seen(module: str) -> None:
    """Others ask whether it is forward, or the laboratory, or look up what they do for the page in a table."""
    for node in ast.walk(tree(MODULES[module])):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            values = [e for side in sides for e in (side.elts if isinstance(side, ast.Tuple | ast.Set) else [side])]
            assert not WAYS & {e.value for e in values if isinstance(e, ast.Constant)}, f"line {node.lineno}"


@over([name for name in MODULES if part(name) not in ("gui", "notebook")])
def test_only_the_command_opens_the_window(module: str) -> None:
    if module != "diffviz.cli.commands":
        assert not [item for item in inside(module) if part(item.module) == "gui"]


@over([name for name in MODULES if name.startswith("diffviz.gui.panels.")])
def test_panels_know_no_engine_no_store_no_controller(module: str) -> None:
    """A panel shows a scene and sends intents; all wiring stands elsewhere."""
    named = {item.module for item in inside(module)}
    wrong = {name for name in named if part(name) in ("engine", "images")}
    wrong |= {name for name in named if part(name) == "gui" and not name.startswith(PANELS_KNOW)}
    assert not wrong


@over([name for name in MODULES if part(name) == "gui"])
def test_the_controller_builds_and_nobody_is_given_it(module: str) -> None:
    known = {item.module for item in inside(module)}
    assert "diffviz.gui.controller" not in known or module == "diffviz.gui.main_window"


@pytest.mark.parametrize("statement, absent", [
    ("import diffviz", {"torch", "PySide6", "diffusers", "numpy", "av", "PIL"}),
    ("import diffviz.cli", {"torch", "PySide6", "diffusers", "numpy", "av"}),
    ("import diffviz.scene, diffviz.catalog, diffviz.files, diffviz.assets", {"torch", "PySide6", "numpy", "PIL"}),
    ("import diffviz.images, diffviz.timeline", {"torch", "PySide6"}),
    ("from diffviz.diffusion import SCHEDULES, step_levels; SCHEDULES['cosine']()", {"torch", "PySide6", "diffusers"}),
    ("from diffviz.diffusion import SAMPLERS, add_noise", {"PySide6", "diffusers", "PIL"}),
    ("from diffviz.models import load_model, ModelError", {"PySide6", "diffusers"}),
    ("import diffviz.export.exporter, diffviz.export.filmstrip", {"torch", "PySide6", "diffusers"}),
    ("import diffviz.engine.engine, diffviz.engine.messages", {"torch", "PySide6", "diffusers"}),
    ("import diffviz.engine.jobs, diffviz.engine.sources", {"PySide6", "diffusers"}),
    ("from diffviz.gui.app import build_window", {"torch", "diffusers", "av", "matplotlib"}),
])  # fmt: skip
def test_what_an_import_leaves_out(statement: str, absent: set[str]) -> None:
    """The first paint waits for neither torch nor diffusers, and nothing without a display loads Qt."""
    code = f"{statement}; import sys; print(*sorted({absent!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGE.parent, check=True)
    assert run.stdout.split() == []


def test_no_two_files_of_tests_have_one_name() -> None:
    """Outside of packages pytest imports them by that name, and collects nothing at all where two share it."""
    paths = [path for path in Path(__file__).parent.rglob("*.py") if not path.with_name("__init__.py").exists()]
    found = Counter(path.name for path in paths if path.name != "conftest.py")
    assert [name for name, count in found.items() if count > 1] == []
