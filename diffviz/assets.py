"""Where the files that ship with diffviz lie, in a wheel and in a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def assets_dir() -> Path:
    """The folder of models/, images/, icons/ and fonts/.

    A checkout is asked first: an editable install leaves a stale copy of the assets beside the package.
    """
    checkout = _PACKAGE.parent / "assets"
    if (_PACKAGE.parent / "pyproject.toml").is_file() and checkout.is_dir():
        return checkout
    return _PACKAGE / "assets"


def asset(*parts: str) -> Path:
    """The path of one asset, e.g. ``asset("icons", "play.svg")``."""
    return assets_dir().joinpath(*parts)


def builtin_images() -> list[str]:
    """Names of the sample pictures, sorted; ``asset("images", name + ".png")`` is the file."""
    return sorted(path.stem for path in asset("images").glob("*.png"))


def builtin_models() -> list[str]:
    """Names of the shipped models, sorted; each is a folder in ``asset("models")``."""
    return sorted(path.name for path in asset("models").iterdir() if (path / "model_index.json").is_file())
