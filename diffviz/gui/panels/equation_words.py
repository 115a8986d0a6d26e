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

# second row -> title and tooltip of its three cards, and the formulas of both coefficients
SECOND = {
    "step": (
        (
            ("x<sub>t</sub>", "The same level by one step"),
            ("x<sub>t−1</sub>", explain("one_step")),
            ("z", "Fresh noise"),
        ),
        ("√(1−β<sub>t</sub>)", "√β<sub>t</sub>"),
    ),
    "posterior": (
        (
            ("x<sub>t−1</sub>", "q(x_{t−1} | x_t, x_0): its mean and three draws; click to see one after the other"),
            ("x<sub>0</sub>", "The clean picture: a reverse step knows only a guess of it, x̂_0"),
            ("x<sub>t</sub>", "The noisy picture above"),
        ),
        ("c<sub>0</sub>", "c<sub>t</sub>"),
    ),
    "reverse": (
        (
            ("x<sub>s</sub>", "The next state of the chain"),
            ("x̂<sub>0</sub>", "What the network takes for the clean picture"),
            ("x<sub>t</sub>", "The state above, or ε̂, as the sampler has it"),
        ),
        ("c<sub>0</sub>", "c<sub>t</sub>"),
    ),
}
