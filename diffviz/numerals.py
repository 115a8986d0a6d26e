"""Numbers as they are written for people: with enough digits, a true minus sign, and powers of ten raised."""

from __future__ import annotations

import math

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def tick_text(value: float, log: bool = False) -> str:
    """A tick's label: "0.002", "−4", "5,000", and of a logarithmic axis "10⁻⁵" where zeros would have to be counted."""
    if log and not 1e-3 <= value < 1e5 and abs((power := round(math.log10(value))) - math.log10(value)) < 1e-9:
        return f"10{str(power).translate(RAISED)}"
    return brief(value, 6)


def brief(value: float, digits: int = 2) -> str:
    """A number with at most so many digits that count, plain where it can be read: "0.0012", "230", "1.2·10⁻⁵"."""
    if value and not 1e-4 <= abs(value) < 1e7:
        mantissa, times, power = significant(value, digits).partition("·")
        return (mantissa.rstrip("0").rstrip(".") if times and "." in mantissa else mantissa) + times + power
    return f"{float(f'{value:.{digits}g}'):,.10g}".replace("-", "−")


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
