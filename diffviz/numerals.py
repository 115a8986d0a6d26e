"""Numbers as they are written for people: with enough digits, a true minus sign, and powers of ten raised."""

from __future__ import annotations

import math

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def significant(value: float, digits: int = 4) -> str:
    """A number with so many digits: "0.9941", "12.3", "1.006·10⁻²", "∞". Zeros at the end stay: columns stand still."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = int(exponent)
    if -2 <= power < digits:  # 0.0123 reads more easily than a power
        return f"{value:.{digits - 1 - power}f}".replace("-", "−")
    return f"{mantissa.replace('-', '−')}·10{str(power).translate(RAISED)}"
