"""Formulas and rich text as they are spoken."""

from __future__ import annotations

import re

SIGNS = {
    "\u200d": "",
    **{"x\u0302": "x hat ", "ε\u0302": "epsilon hat ", "ᾱ": "alpha bar ", "β\u0303": "beta tilde ", "√": "root "},
    **{"β": "beta ", "ε": "epsilon ", "σ": "sigma ", "η": "eta ", "φ": "phi ", "α": "alpha ", "θ": "theta "},
    **{"−∞": "minus infinity", "∞": "infinity", "−": " minus ", "±": "plus or minus ", "→": " to "},
    **{"·10": " times ten to the ", "⁻": "minus "},
    **{"≈": " is about ", "²": " squared ", "·": ",", " dB": " decibel"},
}
SMALL = str.maketrans("₀₁₂₃₄₅₆₇₈₉ₜₛ⁰¹³⁴⁵⁶⁷⁸⁹", "0123456789ts013456789")


def in_words(text: str) -> str:
    """A formula or rich text as it is spoken: ``x̂<sub>0</sub>`` is "x hat 0"."""
    text = re.sub(r"<sub>|<sup>|(?=[₀-₉ₜₛ])", " ", text)
    text = re.sub(r"<br>|</div>", ", ", text)
    text = re.sub(r"<[^>]*>", "", text).replace("&nbsp;", " ").replace("&lt;", "<").replace("&amp;", "and")
    for sign, word in SIGNS.items():
        text = text.replace(sign, word)
    text = re.sub(r"_\{([^}]*)\}", r"_\1", text.translate(SMALL))
    text = re.sub(r"(\b\w|bar|hat|beta|epsilon|sigma)\s*_(?=\w)", r"\1 ", text)
    return re.sub(r"\s+([,;:.)])", r"\1", re.sub(r"\s+", " ", text)).strip(" ,")
