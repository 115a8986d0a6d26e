"""Numbers as they are written for people."""

from __future__ import annotations

import pytest

from diffviz.numerals import brief, tick_text


@pytest.mark.parametrize("value, digits, said", [
    (231.4, 2, "230"), (12_345, 3, "12,300"), (-0.00123, 2, "−0.0012"), (0.5, 2, "0.5"), (0, 2, "0"),
    (0.000012, 2, "1.2·10⁻⁵"), (2.5e6, 2, "2,500,000"), (2e8, 6, "2·10⁸"), (float("inf"), 2, "∞"),
])  # fmt: skip
def test_a_number_that_can_be_read_has_no_power(value: float, digits: int, said: str) -> None:
    """Path distance wrote 2.3e+02."""
    assert brief(value, digits) == said


@pytest.mark.parametrize(
    "value, said", [(1e6, "1,000,000"), (1e-5, "1·10⁻⁵"), (0.3, "0.3"), (-4, "−4"), (5000, "5,000")]
)
def test_a_tick_has_none_either(value: float, said: str) -> None:
    """The millionth step of a training stood at 1e+06."""
    assert tick_text(value) == said
