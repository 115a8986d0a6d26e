"""LastFolder: where files were opened or saved last, for the next dialog."""

from __future__ import annotations

from pathlib import Path

from diffviz.files import begin_folder


class LastFolder:
    """The folder of the last file; "" before the first one."""

    def __init__(self) -> None:
        self.path = ""

    def note(self, file: str | Path) -> None:
        """A file was opened or saved."""
        self.path = str(Path(file).parent)

    def at(self, name: str) -> Path:
        """Where a new file of that name is proposed."""
        return Path(self.path or begin_folder()) / name
