"""The command line: ``main`` is the program."""

from diffviz.cli.program import main

__all__ = ["main"]
