"""Where the three pictures of each equation lie: side by side, x_t the largest, or wide ones above each other.

All sizes are (w, h) in the window's pixels, but those named ``device``, which are in the screen's. No Qt here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor

MAX_ZOOM = 64
STACK_FROM = 1.6  # width by height; pictures that are less wide never stand above each other
X_T_SHARE = 0.5  # of the width of three pictures, at most: x_0 and ε are at least half as large
GAP = 4  # between a card and what stands beside it
WIDEST_GAP = 2.5  # of a coefficient's own width: then the cards move together


@dataclass(frozen=True)
class Frame:
    """What stands around the pictures: of a card beside its picture, and a coefficient's own (w, h).

    ``aside``: of a card in a stack whose head stands beside its picture. ``least``: a card is never cut to a
    narrower picture area: its head has words.
    """

    card: tuple[int, int]
    coefficient: tuple[int, int]
    aside: tuple[int, int]
    least: int = 1


@dataclass(frozen=True)
class Content:
    """What is shown: a picture's (w, h), and whether it ``fills`` its card in the screen's own pixels.

    Else each of its pixels is a whole number of the screen's, or every n-th of them is shown.
    """

    size: tuple[int, int] = (1, 1)
    fills: bool = True

    def device(self, room: tuple[int, int]) -> tuple[int, int]:
        """How large it is shown where there is so much room, both on the screen."""
        width, height = self.size
        if not self.fills:
            zoom = whole_zoom(room, self.size)
            return (zoom * width, zoom * height) if zoom > 0 else (ceil(width / -zoom), ceil(height / -zoom))
        scale = min(room[0] / width, room[1] / height)
        return max(1, round(scale * width)), max(1, round(scale * height))


@dataclass(frozen=True)
class Arrangement:
    """``picture``: the size of the area that a picture is painted in; ``device``: of the largest picture there.

    ``around``: of a card beside its picture, whose head stands ``aside`` or above it.

    ``large``: the card that is larger than the others, and the size of its area.
    """

    stacked: bool
    picture: tuple[int, int]
    device: tuple[int, int]
    height: int  # of all rows
    around: tuple[int, int]
    aside: bool = False
    large: tuple[int, tuple[int, int]] | None = None

    def areas(self) -> list[tuple[int, int]]:
        """The size of each picture's area in a row."""
        return [self.large[1] if self.large and self.large[0] == k else self.picture for k in range(3)]

    @property
    def seen(self) -> int:
        """How much of the window is picture in a row."""
        return sum(width * height for width, height in self.areas())


def arranged(
    size: tuple[int, int], rows: int, content: Content, frame: Frame, ratio: float, large: int | None = None
) -> Arrangement:
    """The arrangement in which the pictures of ``rows`` equations are largest in ``size``.

    Args:
        ratio: of the screen.
        large: the one of three cards that gets all the height, whatever is left for the others.
    """
    width, height = size
    if large is not None and rows == 1:
        return _one_large(size, large, content, frame, ratio, 1.0)
    (card_w, card_h), (beside_w, beside_h) = frame.card, frame.coefficient
    room = (width - 2 * beside_w - 4 * GAP) // 3 - card_w, (height - (rows - 1) * GAP) // rows - card_h
    best = _fitted(room, content, frame, ratio)
    best = replace(best, height=rows * (max(best.picture[1] + card_h, beside_h) + GAP) - GAP)
    if rows == 1:  # where width is scarce, height is left over: x_t, the result, takes it, and its parts what is left
        first = _one_large(size, 0, content, frame, ratio, X_T_SHARE)
        best = max(best, first, key=lambda made: made.seen)
    if content.size[0] > STACK_FROM * content.size[1]:
        for around in (frame.card, frame.aside):
            card_w, card_h = around
            room = (width - (rows - 1) * GAP) // rows - beside_w - GAP - card_w, (height - 2 * GAP) // 3 - card_h
            above = _fitted(room, content, frame, ratio)
            if above.seen > best.seen:
                whole = above.picture[0], max(above.picture[1], min(room[1], beside_h - card_h))  # no coefficient cut
                above = replace(above, picture=whole)
                tall = 3 * (above.picture[1] + card_h) + 2 * GAP
                aside = around == frame.aside
                best = replace(above, stacked=True, height=tall, around=around, aside=aside)
    return best


def _one_large(
    size: tuple[int, int], large: int, content: Content, frame: Frame, ratio: float, share: float
) -> Arrangement:
    """One card with up to ``share`` of the width that is there for pictures; no other is larger than it."""
    (card_w, card_h), (beside_w, beside_h) = frame.card, frame.coefficient
    inner = size[0] - 2 * beside_w - 4 * GAP - 3 * card_w
    widest = min(inner - 2 * frame.least, floor(share * inner))
    big = _fitted((widest, size[1] - card_h), content, frame, ratio)
    room = min((inner - big.picture[0]) // 2, big.picture[0]), min(size[1] - card_h, big.picture[1])
    small = _fitted(room, content, frame, ratio)
    height = max(big.picture[1] + card_h, beside_h)
    return replace(small, device=big.device, height=height, large=(large, big.picture))


def _fitted(room: tuple[int, int], content: Content, frame: Frame, ratio: float) -> Arrangement:
    """A picture in so much room, and the area cut to it."""
    on_screen = max(1, floor(room[0] * ratio)), max(1, floor(room[1] * ratio))
    device = content.device(on_screen)
    width = max(frame.least, ceil(device[0] / ratio))
    picture = min(max(1, room[0]), width), min(max(1, room[1]), ceil(device[1] / ratio))
    return Arrangement(False, picture, device, 0, frame.card)


def whole_zoom(view: tuple[float, float], picture: tuple[int, int]) -> int:
    """The largest whole zoom at which a picture (w, h) fits a view (w, h), in device pixels.

    k >= 1 means k screen pixels a picture pixel; k <= -2 means every |k|-th picture pixel.
    """
    ratio = min(view[0] / picture[0], view[1] / picture[1])
    if ratio >= 1:
        return min(MAX_ZOOM, floor(ratio))
    return -max(2, ceil(1 / max(ratio, 1e-6)))


def places(
    size: tuple[int, int], rows: int, arrangement: Arrangement, frame: Frame
) -> list[list[tuple[int, int, int, int]]]:
    """Of each row the rectangles (x, y, w, h) of card, coefficient, card, coefficient, card."""
    beside_w, beside_h = frame.coefficient
    around = arrangement.around
    cards = [(w + around[0], h + around[1]) for w, h in arrangement.areas()]
    if arrangement.stacked:
        card_w, card_h = cards[0]
        column = beside_w + GAP + card_w
        gap = min(size[0] - rows * column, rows * GAP * 4) // max(1, rows)
        left = (size[0] - rows * column - (rows - 1) * gap) // 2
        return [_stack(left + i * (column + gap), card_w, card_h, beside_w, beside_h) for i in range(rows)]
    wide, tall = sum(w for w, _ in cards), max(beside_h, *(h for _, h in cards))
    gap = min((size[0] - wide) // 2, round(WIDEST_GAP * beside_w))
    made = []
    for i in range(rows):
        top, x = i * (tall + GAP), (size[0] - wide - 2 * gap) // 2
        row = []
        for k, (card_w, card_h) in enumerate(cards):
            row.append((x, top + (tall - card_h) // 2, card_w, card_h))
            x += card_w + gap
            if k < 2:
                row.append((x - (gap + beside_w) // 2, top + (tall - beside_h) // 2, beside_w, beside_h))
        made.append(row)
    return made


def _stack(left: int, card_w: int, card_h: int, beside_w: int, beside_h: int) -> list[tuple[int, int, int, int]]:
    """Cards above each other, the coefficients of the lower two at their left."""
    row = []
    for k in range(3):
        top = k * (card_h + GAP)
        if k:
            row.append((left, top + (card_h - min(beside_h, card_h)) // 2, beside_w, min(beside_h, card_h)))
        row.append((left + beside_w + GAP, top, card_w, card_h))
    return row
