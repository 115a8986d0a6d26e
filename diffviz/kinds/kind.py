"""Kind: what the rest asks of data instead of asking what it is."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

import numpy as np

from diffviz import catalog
from diffviz.kinds.tiles import Grid, square, tile, tile_at

Span = tuple[float, float]  # of all the time that a sample takes, the share where it begins, and where it ends
WHOLE: Span = (0.0, 1.0)
MEASURED = "in the range −1..1"
CALLED = re.compile(r"(?<![\w/.-])[Pp](?:icture|ixel)s?(?![\w/-])")  # not in a name
GAIN = 4  # of a difference: what is small is to be seen


class Datum(Protocol):
    """What a file holds: ``array`` as the kind keeps it, a name for people, and what they should know or None."""

    @property
    def array(self) -> np.ndarray: ...

    @property
    def name(self) -> str: ...

    @property
    def note(self) -> str | None: ...


class Kind(ABC):
    """A kind of data.

    ``datum`` is the array that a file of it holds; x are the numbers that are noised, float32 (N, *S) of N samples of
    shape S.

    Attributes:
        keeps_rasters: whether recorded states keep their rasters beside the values, for a window that draws them as
            they are; else who needs one has it made.
        plane: of data that lies in a plane that is seen as it is, how far a picture of it reaches, at a value range of
            1; 0 elsewhere.
        lens: the lens that such data is first seen with.
        heard: whether it can be played; then ``waves`` and ``rate`` say how.
        files: what a dialog offers to open, "Pictures (*.png *.jpg)".
        one, many: what a sample is called. parts: what it consists of, "pixels". unit: what a distance between two is
            measured in. channel: one of its numbers at a place. spread: what the deviation within a sample is called.
            bounded: whether its numbers end at -1 and 1.
        models: the shipped ones that know it, the first of which it begins with.
    """

    name: ClassVar[str]
    files: ClassVar[str]
    one: ClassVar[str] = "picture"
    many: ClassVar[str] = "pictures"
    parts: ClassVar[str] = "pixels"
    unit: ClassVar[str] = MEASURED
    channel: ClassVar[str] = "channel"
    spread: ClassVar[str] = "contrast"
    bounded: ClassVar[bool] = False
    keeps_rasters: ClassVar[bool] = False
    plane: ClassVar[float] = 0.0
    heard: ClassVar[bool] = False
    lens: ClassVar[str] = "schedule"
    models: ClassVar[tuple[str, ...]] = ()

    @property
    def samples(self) -> list[str]:
        """Those that ship, by name: "builtin:NAME" is their source."""
        return catalog.KINDS[self.name].samples()

    # -- files

    @abstractmethod
    def begins(self, head: bytes) -> bool:
        """Whether a file that begins so is one of its own, whatever it is called."""

    @abstractmethod
    def read(self, source: str) -> Datum:
        """What ``builtin:NAME``, a sample that ships, or ``path:FILE`` holds.

        Raises:
            Refusal: whatever is wrong with it, in one sentence with the name and a remedy.
        """

    @abstractmethod
    def decoded(self, data: bytes, name: str) -> Datum:
        """What the bytes of a file hold, a pasted one or one that a scene carries. Raises Refusal, as ``read``."""

    @abstractmethod
    def encoded(self, datum: np.ndarray) -> bytes:
        """The bytes of a file that holds it exactly."""

    @abstractmethod
    def digest(self, datum: np.ndarray) -> str:
        """SHA-256 in hexadecimal: the same for what is equal, whatever file it came from."""

    def own_model(self, source: str) -> str:
        """The model that there is of a datum without any training, by the name under which it opens; "" for none.

        ``source``: of the datum, ``builtin:NAME``, ``path:FILE`` or ``sha256:HEX``.
        """
        return ""

    # -- the numbers that are noised

    @abstractmethod
    def x_0(self, datum: Any, shape: Sequence[int] | None = None) -> np.ndarray:
        """The datum as what is noised, float32 (*S); ``shape``: the S that a model takes, else as the datum is.

        Raises:
            ValueError: one sentence, where a model of that shape takes nothing of this kind.
        """

    def resampled(self, datum: Any, size: tuple[int, int] | int) -> Any:
        """The datum as its picture of ``size``, (H, W) or the longer side, is to show it, before it is noised.

        As it is, where no grid of its own stands in the way.
        """
        return datum

    def thinned(self, x: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """x with only as many of its numbers as a picture of ``size`` (H, W) shows; without a grid, as it is."""
        return x

    def refitted(self, x: np.ndarray, shape: Sequence[int]) -> np.ndarray | None:
        """Samples (N, *S) as a network of another ``shape`` takes them, whole, and what it says back again.

        None where there is no such way.
        """
        return None

    @abstractmethod
    def fits(self, shape: Sequence[int]) -> bool:
        """Whether a sample can have that shape."""

    def scale(self, shape: Sequence[int]) -> float:
        """How far apart numbers of a sample of that shape are where what is seen or heard is 1 apart."""
        return 1.0

    @abstractmethod
    def words(self, shape: Sequence[int]) -> str:
        """A sample's shape for people: "32x32 RGB"."""

    def made_words(self, shape: Sequence[int]) -> str:
        """The same of a model's samples."""
        return self.words(shape)

    def short_words(self, shape: Sequence[int]) -> str:
        """The same where room is scarce."""
        return self.words(shape)

    def told(self, text: str) -> str:
        """Words about pictures as they are said of this kind."""
        called = {"picture": self.one, "pictures": self.many, "pixel": self.parts[:-1], "pixels": self.parts}

        def own(found: re.Match[str]) -> str:
            word = called[found[0].lower()]
            return word.capitalize() if found[0][0].isupper() else word

        return CALLED.sub(own, text.replace(MEASURED, self.unit))

    def deviation(self, x: np.ndarray) -> float:
        """How far apart the numbers of samples (N, *S) lie."""
        return float(x.std())

    def size_words(self, datum: Any) -> str:
        """How much a datum is, for its caption."""
        return self.short_words(self.x_0(datum).shape)

    def bytes_of(self, shape: Sequence[int], count: int) -> tuple[int, int]:
        """What ``count`` samples take: their rasters, where they are kept, and their values."""
        height, width = self.raster_size(shape) if self.keeps_rasters else (0, 0)
        return count * height * width * 3, count * math.prod(shape) * 4

    # -- what is heard

    def waves(self, x: np.ndarray) -> np.ndarray:
        """What is heard of samples (N, *S): float32 (N, n)."""
        raise NotImplementedError(f"{self.name} is not heard")

    def rate(self, datum: Any | None) -> int:
        """How many samples a second a datum has, Hz; None: those of a network."""
        raise NotImplementedError(f"{self.name} is not heard")

    # -- what is seen

    def during(self, span: Span) -> Kind:
        """The kind as it is seen where only a part of the time is; as it is, where there is no time."""
        return self

    def span_words(self, x: np.ndarray, rate: int) -> str:
        """Which part of a sample's time is seen, of so many numbers a second; "" for all of it."""
        return ""

    def seen(self, datum: np.ndarray) -> np.ndarray | None:
        """A datum that has pixels of its own, as uint8 (H, W, 3); None: its picture is made in any size."""
        return None

    @abstractmethod
    def raster(self, x: np.ndarray, value_range: float = 1.0, size: tuple[int, int] | None = None) -> np.ndarray:
        """A picture of each sample, a new uint8 (N, H, W, 3): values over [-value_range, value_range].

        ``size``: the (H, W) that is wanted of what has no grid of its own, None for ``raster_size``.
        """

    def grid(self, count: int) -> Grid:
        """How so many samples stand in one picture."""
        return square(count)

    def arrange(self, x: np.ndarray, value_range: float = 1.0, size: tuple[int, int] | None = None) -> np.ndarray:
        """All samples as one picture, a new uint8 (H, W, 3): the tiles of a grid, where a kind has no better way."""
        return tile(self.raster(x, value_range, size), self.grid(len(x)))

    def tile_size(self, room: tuple[int, int], count: int) -> tuple[int, int] | None:
        """``size`` of one sample's picture where ``count`` of them fill ``room`` (H, W); None of what has pixels."""
        rows, columns = self.grid(count)
        return None if self.keeps_rasters else (max(1, room[0] // rows), max(1, room[1] // columns))

    def sample_at(self, shape: Sequence[int], count: int, x: int, y: int) -> tuple[int, int, int] | None:
        """The sample that a pixel of ``arrange``'s picture belongs to, and the pixel in its own picture."""
        return tile_at(self.raster_size(shape), count, self.grid(count).columns, x, y)

    def where(self, pixel: tuple[int, int], size: tuple[int, int], value_range: float = 1.0, seconds: float = 0) -> str:
        """Where a pixel (x, y) of a sample's picture of ``size`` (W, H) is, in words; ``seconds``: that it takes."""
        return f"x = {pixel[0]}, y = {pixel[1]}"

    def values_at(self, sample: np.ndarray, x: int, y: int) -> list[float]:
        """The numbers behind a pixel of a sample's picture, float (*S); none outside it, and none where a pixel stands
        for many numbers, or in each picture for others.

        Linear in the sample: those of x_t are √ᾱ times those of x_0 and √(1-ᾱ) times those of ε.
        """
        return []

    @abstractmethod
    def looked_at(self, x_t: np.ndarray, place: tuple[float, float], value_range: float = 1.0) -> tuple[Any, str]:
        """What of a sample x_t, float (*S), stands nearest to a place of its picture, shares of width and height.

        Returns:
            its index in S, of all channels, so that ``x[index]`` is float (C,); and where it is, in words.
        """

    def unseen(self, x: np.ndarray) -> int:
        """How many of its parts lie outside of the picture that is made of them."""
        return 0

    def begun_at(
        self, x_T: np.ndarray, x: np.ndarray, place: tuple[float, float], value_range: float = 1.0
    ) -> tuple[float, float]:
        """The place that names what stands at a place of x all along its chain, which began with x_T: see ``followed``.

        A pixel stays where it is; of points in the plane it is where the one that stands there began.
        """
        return place

    def followed(self, x_T: np.ndarray, begun: tuple[float, float]) -> tuple[Any, str]:
        """What is named so, as ``looked_at``: the same in all states of the chain."""
        return self.looked_at(x_T, begun)

    def stands_at(
        self, x: np.ndarray, index: Any, begun: tuple[float, float], value_range: float = 1.0
    ) -> tuple[float, float]:
        """The place in x's picture of what is followed."""
        return begun

    @abstractmethod
    def channels(self, count: int) -> tuple[str, ...]:
        """What so many numbers of one place are called, in order."""

    @abstractmethod
    def marginals(self, x: np.ndarray) -> tuple[tuple[str, np.ndarray], ...]:
        """Which numbers of samples (N, *S) are looked at as one distribution: their name, "" for all, and a view."""

    def difference(self, a: np.ndarray, b: np.ndarray, gain: float = GAIN) -> tuple[np.ndarray, float | None]:
        """Of two of its pictures, uint8 (H, W, 3): |a - b| · gain, and the RMS of the difference in [-1, 1].

        None for the RMS where pictures do not tell how far what they are of is apart.
        """
        gap = a.astype(np.int16) - b.astype(np.int16)
        shown = np.minimum(np.abs(gap) * gain, 255).astype(np.uint8)
        return shown, float(np.sqrt(np.mean(np.square(gap / 127.5)))) if self.keeps_rasters else None

    @abstractmethod
    def raster_size(self, shape: Sequence[int]) -> tuple[int, int]:
        """(H, W) of the pictures of samples of that shape."""
