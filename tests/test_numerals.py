"""Numbers as they are written for people."""

from __future__ import annotations

import pytest

from diffviz.numerals import brief


@pytest.mark.parametrize("value, digits, said", [
    (231.4, 2, "230"), (12_345, 3, "12,300"), (-0.00123, 2, "−0.0012"), (0.5, 2, "0.5"), (0, 2, "0"),
    (0.000012, 2, "1.2·10⁻⁵"), (2.5e6, 2, "2.5·10⁶"), (float("inf"), 2, "∞"),
])  # fmt: skip
def test_a_number_that_can_be_read_has_no_power(value: float, digits: int, said: str) -> None:
    """Path distance wrote 2.3e+02."""
    assert brief(value, digits) == said
