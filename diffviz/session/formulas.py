"""What each schedule of ``catalog.SCHEDULES`` says, as one formula (rich text)."""

from __future__ import annotations

import html

_T, _1, _LAST = "<sub>t</sub>", "<sub>1</sub>", "<sub>T</sub>"
_RISE = "(t−1)/(T−1)"
_ROOTS = f"√β{_T} = √β{_1} + (√β{_LAST} − √β{_1}) {_RISE}"

FORMULAS = {
    "linear": f"β{_T} = β{_1} + (β{_LAST} − β{_1}) {_RISE}",
    "scaled_linear": _ROOTS,
    "quadratic": _ROOTS,
    "cosine": f"ᾱ{_T} = f(t)/f(0), f(t) = cos²(½π (t/T + s)/(1 + s)); σ{_T} times the shift",
    "sigmoid_beta": f"β{_T} = β{_1} + (β{_LAST} − β{_1}) S(12 {_RISE} − 6), S(x) = 1/(1 + exp(−x))",
    "sigmoid": f"ᾱ{_T} = (S(end) − S(x))/(S(end) − S(start)), x = start + (end − start) t/T, S a sigmoid of x/τ",
    "constant": f"β{_T} = β",
    "exponential": f"ᾱ{_T} = exp(−12 t/T)",
    "flow": f"ᾱ{_T} = (1−τ)²/((1−τ)² + τ²), τ = s u/(1 + (s−1) u), u = t/T, s the shift",
    "custom": f"β{_T} as its list says",
}


def with_formula(label: str, T: int, name: str, moved: bool = False) -> str:
    """A schedule's name, its T and its formula, for one line (rich text); ``moved``: its end was, to ᾱ_T = 0."""
    formula = FORMULAS.get(name, "") + (", then √ᾱ moved to 0 at T" if moved else "")
    return f"{html.escape(label, quote=False)}, T = {T}" + (f":&nbsp;&nbsp; {formula}" if formula else "")
