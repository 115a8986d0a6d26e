"""What the cards and the factors of each equation are called."""

from __future__ import annotations

from diffviz.session.glossary import explain

# direction -> title and tooltip of the three cards
TITLES = {
    "forward": (
        ("x<sub>t</sub>", explain("x_t")),
        ("x<sub>0</sub>", explain("x_0")),
        ("ε", explain("eps")),
    ),
    "reverse": (
        ("x<sub>t</sub>", explain("x_t", "Here it is the state of the reverse chain.")),
        ("x̂<sub>0</sub>", explain("x0_hat")),
        ("ε̂", explain("eps_hat")),
    ),
}

# second row -> title and tooltip of its three cards, the formulas of both coefficients, and their tooltips
SECOND = {
    "step": (
        (
            ("x<sub>t</sub>", "The same level by one step"),
            ("x<sub>t−1</sub>", explain("one_step")),
            ("z", "Fresh noise"),
        ),
        ("√(1−β<sub>t</sub>)", "√β<sub>t</sub>"),
        ("√(1−β_t): so much of x_{t−1} a step leaves", "√β_t: so much fresh noise a step adds"),
    ),
    "posterior": (
        (
            (
                "x<sub>t−1</sub>",
                "q(x_{t−1} | x_t, x_0): mean and three draws; click to see each alone, and all again",
            ),
            ("x<sub>0</sub>", "What is clean: a reverse step knows only a guess of it, x̂_0"),
            ("x<sub>t</sub>", "As above"),
        ),
        ("c<sub>0</sub>", "c<sub>t</sub>"),
        (
            "c_0 = √ᾱ_{t−1} β_t/(1−ᾱ_t): so much of x_0 is in the mean of q(x_{t−1} | x_t, x_0)",
            "c_t = √(1−β_t) (1−ᾱ_{t−1})/(1−ᾱ_t): so much of x_t is in the mean of q(x_{t−1} | x_t, x_0)",
        ),
    ),
    "reverse": (
        (
            ("x<sub>s</sub>", "The next state of the chain"),
            ("x̂<sub>0</sub>", "What the network takes for x_0"),
            ("x<sub>t</sub>", "The state above, or ε̂, as the sampler has it"),
        ),
        ("c<sub>0</sub>", "c<sub>t</sub>"),
        ("The sampler's factor of its first summand", "The sampler's factor of its second summand"),
    ),
}

# tooltips of the words at the right of a card's title
LEVEL = explain("t")
SEED = "ε was drawn from this seed; the same one gives the same noise"
MADE_WITH = "What made the chain that is shown"
STATE = "Of the states of the chain; state 0 is x<sub>T</sub>, the last one the sample"
PIXELS = "In so many pixels the picture is noised: noise looks finer the smaller they are"
OUTSIDE = "{:,} of the points lie outside, farther than 3 from the middle, and are not seen"


def outside(count: int) -> str:
    """What a caption says of so many points that its picture leaves out."""
    return f" · {count:,} outside" if count else ""
