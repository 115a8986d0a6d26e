"""What the README promises in commands and code is so."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from diffviz.cli.words import COMMANDS, build_parser
from diffviz.export.encoders import ENCODERS

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def marked(name: str) -> str:
    """The command between two markers; .ci/run reads it in the same way."""
    inner = README.split(f"<!-- {name} -->")[1].split(f"<!-- /{name} -->")[0]
    lines = [line for line in inner.splitlines() if line and not line.startswith("```")]
    assert len(lines) == 1, "one line"
    return lines[0]


def test_each_set_up_is_one_line_with_the_same_system_packages() -> None:
    start, test = marked("start-command"), marked("test-command")
    assert start.endswith(".venv/bin/python -m pip install . && .venv/bin/diffviz")
    assert test.endswith('.venv/bin/python -m pip install ".[test]" && .venv/bin/python -m pytest')
    assert start.split(" python3 -m venv")[0] == test.split(" python3 -m venv")[0]


def test_examples_of_the_command_line_are_understood() -> None:
    commands = [
        line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines() if line.startswith("diffviz ")
    ]
    assert commands
    for command in commands:
        words = shlex.split(command)[1:]
        build_parser().parse_args(words if words[0] in COMMANDS else ["gui", *words])


def test_the_synopsis_names_every_option() -> None:
    synopsis = next(text for kind, text in BLOCKS if not kind)
    for command in (("export", "forward"), ("export", "reverse")):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("COLUMNS", "500")
            options = set(re.findall(r"--\w+", subparser_help(*command))) - {"--output", "--help"}
        assert options <= set(re.findall(r"--\w+", synopsis))
    for suffix in ENCODERS:
        assert suffix in README


def subparser_help(*names: str) -> str:
    parser = build_parser()
    for name in names:
        actions = [action for action in parser._actions if isinstance(action.choices, dict) and name in action.choices]
        parser = actions[0].choices[name]
    return parser.format_help()


def test_the_python_example_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    (code,) = [text for kind, text in BLOCKS if kind == "python"]
    exec(compile(code.replace("steps=50", "steps=3"), "README.md", "exec"), {})
    assert "32x32" in capsys.readouterr().out
