"""The glossary's entries: each sign of the window with its formula, its meaning, its paper, and what shows it."""

from __future__ import annotations

from diffviz.session.term import (
    DIELEMAN,
    ESSER,
    GUIDANCE,
    HO,
    KARRAS,
    KINGMA,
    LIN,
    LIPMAN,
    LU,
    NICHOL,
    REVERSE,
    SAHARIA,
    SALIMANS,
    SDE,
    SONG,
    Show,
    Term,
    curves,
    guided,
    in_laboratory,
    in_plane,
    lens,
)

TERMS: dict[str, Term] = {
    "x_t": Term(
        "noisy picture",
        "x<sub>t</sub>",
        "x<sub>t</sub> = √ᾱ<sub>t</sub> x<sub>0</sub> + √(1−ᾱ<sub>t</sub>) ε",
        "The picture at level t: so much of the clean one, so much noise.",
        show=Show("forward", 0.25),
    ),
    "x_0": Term(
        "clean picture", "x<sub>0</sub>", "t = 0", "The picture without noise, in [−1, 1].", show=Show("forward", 0.0)
    ),
    "eps": Term(
        "noise",
        "ε",
        "ε ~ N(0, I)",
        "Unit Gaussian noise. It is held while t or the schedule moves, so that nothing flickers.",
        show=Show("forward", 0.6),
    ),
    "x_T": Term(
        "starting noise",
        "x<sub>T</sub>",
        "x<sub>T</sub> ~ N(0, I)",
        "What a chain begins with: next to nothing of a picture is left at t = T.",
        show=Show("forward", 1.0),
    ),
    "t": Term(
        "level",
        "t",
        "t = 0 … T",
        "How much noise there is: 0 is the clean picture, T is noise.",
        show=Show("forward", 0.5),
    ),
    "beta": Term(
        "β schedule",
        "β<sub>t</sub>",
        "x<sub>t</sub> = √(1−β<sub>t</sub>) x<sub>t−1</sub> + √β<sub>t</sub> z",
        "How much noise the step from t−1 to t adds.",
        show=curves("alpha_bar"),
    ),
    "alpha_bar": Term(
        "ᾱ",
        "ᾱ<sub>t</sub>",
        "ᾱ<sub>t</sub> = ∏ (1−β<sub>s</sub>), s = 1 … t",
        "How much of the picture's variance is left at t.",
        show=curves("alpha_bar"),
    ),
    "alpha": Term(
        "α",
        "α<sub>t</sub>",
        "α<sub>t</sub> = 1 − β<sub>t</sub>",
        "What the step from t−1 to t leaves of the variance that was there before.",
        show=curves("alpha"),
    ),
    "signal": Term(
        "signal",
        "√ᾱ<sub>t</sub>",
        "√ᾱ<sub>t</sub> = √∏ (1−β<sub>s</sub>), s = 1 … t",
        "How much of the clean picture x<sub>t</sub> holds: from 1 at t = 0 to nearly 0 at t = T. "
        "Its square and the noise factor's sum to 1.",
        show=curves("coefficients"),
    ),
    "noise": Term(
        "noise factor",
        "√(1−ᾱ<sub>t</sub>)",
        "√(1−ᾱ<sub>t</sub>) = √(1 − ∏ (1−β<sub>s</sub>)), s = 1 … t",
        "How much noise x<sub>t</sub> holds: its deviation where x<sub>0</sub> is given.",
        show=curves("coefficients"),
    ),
    "snr": Term(
        "signal-to-noise ratio",
        "SNR",
        "SNR = 10 log<sub>10</sub>(ᾱ<sub>t</sub> / (1−ᾱ<sub>t</sub>)) dB",
        "0 dB: as much picture as noise.",
        KINGMA,
        curves("snr"),
    ),
    "sigma": Term(
        "noise level",
        "σ<sub>t</sub>",
        "σ<sub>t</sub> = √((1−ᾱ<sub>t</sub>)/ᾱ<sub>t</sub>)",
        "The level in variance-exploding notation: noise beside a picture of factor 1.",
        KARRAS,
        curves("sigma"),
    ),
    "one_step": Term(
        "one step",
        "z",
        "x<sub>t</sub> = √(1−β<sub>t</sub>) x<sub>t−1</sub> + √β<sub>t</sub> z",
        "The forward chain's single step with fresh noise z; many of them are one jump from x<sub>0</sub>.",
        show=Show("forward", 0.25, (("second", "step"),)),
    ),
    "trajectory": Term(
        "trajectory",
        "x<sub>1</sub> … x<sub>T</sub>",
        "q(x<sub>1</sub> … x<sub>T</sub> | x<sub>0</sub>) = ∏ q(x<sub>t</sub> | x<sub>t−1</sub>)",
        "What a real forward chain goes through, with fresh noise at each step. One held ε gives each x<sub>t</sub> "
        "its right distribution, but no trajectory.",
        show=Show("forward", 0.25, (("second", "step"), ("lens", "chain")), noise="fresh"),
    ),
    "mixture": Term(
        "distribution of x<sub>t</sub>",
        "q(x<sub>t</sub> | x<sub>0</sub>)",
        "q(x<sub>t</sub> | x<sub>0</sub>) = N(√ᾱ<sub>t</sub> x<sub>0</sub>, (1−ᾱ<sub>t</sub>) I)",
        "Over ε one pixel is one Gaussian at every t. All pixels of one picture are a mixture of such, which becomes "
        "one only as ᾱ<sub>t</sub> → 0.",
        show=lens("distribution", 0.3),
    ),
    "spectrum": Term(
        "spectrum",
        "P(f)",
        "P<sub>t</sub>(f) = ᾱ<sub>t</sub> P<sub>0</sub>(f) + 1 − ᾱ<sub>t</sub>",
        "Power against frequency. White noise is flat, a picture falls: noise takes fine detail first.",
        DIELEMAN,
        lens("spectrum", 0.25),
    ),
    "x0_hat": Term(
        "predicted picture",
        "x̂<sub>0</sub>",
        "x̂<sub>0</sub> = (x<sub>t</sub> − √(1−ᾱ<sub>t</sub>) ε̂) / √ᾱ<sub>t</sub>",
        "The clean picture that follows from what the network returns: the mean of all that could be under the noise.",
        show=REVERSE,
    ),
    "eps_hat": Term(
        "predicted noise",
        "ε̂",
        "ε̂ = (x<sub>t</sub> − √ᾱ<sub>t</sub> x̂<sub>0</sub>) / √(1−ᾱ<sub>t</sub>)",
        "The noise that the network takes x<sub>t</sub> to hold.",
        show=REVERSE,
    ),
    "v": Term(
        "v-prediction",
        "v",
        "v = √ᾱ<sub>t</sub> ε − √(1−ᾱ<sub>t</sub>) x<sub>0</sub>",
        "What some networks are trained to return; ε̂ and x̂<sub>0</sub> follow from it.",
        SALIMANS,
        REVERSE,
    ),
    "score": Term(
        "score",
        "∇ ln q",
        "∇ ln q(x<sub>t</sub>) = (√ᾱ<sub>t</sub> E[x<sub>0</sub>|x<sub>t</sub>] − x<sub>t</sub>) / (1−ᾱ<sub>t</sub>) "
        "= −E[ε|x<sub>t</sub>] / √(1−ᾱ<sub>t</sub>)",
        "The way towards more likely x<sub>t</sub>: where ln q rises fastest; its length is how fast it does. Arrows "
        "over points are the score times 1−ᾱ<sub>t</sub>, the way to √ᾱ<sub>t</sub> E[x<sub>0</sub>|x<sub>t</sub>]; "
        "the score itself grows as t → 0. At t = 0 the data is single points: there is no density, so no score.",
        SDE,
        in_plane("forward", 0.2),
    ),
    "velocity": Term(
        "velocity",
        "u",
        "u = ε − x<sub>0</sub>",
        "The direction of the straight way from picture to noise, which flow matching predicts.",
        LIPMAN,
        in_laboratory("translator"),
    ),
    "loss": Term(
        "loss and its floor",
        "‖ε − ε̂‖²",
        "E ‖ε − ε̂‖², least for ε̂ = E[ε | x<sub>t</sub>]",
        "What training makes small. The exact denoiser's error is the least that is possible at each t.",
        show=in_laboratory("loss"),
    ),
    "bound": Term(
        "variational bound",
        "L<sub>T</sub> + Σ L<sub>t−1</sub> + L<sub>0</sub>",
        "L<sub>t−1</sub> = ½ (SNR(t−1) − SNR(t)) ‖x<sub>0</sub> − x̂<sub>0</sub>‖²",
        "At least what it takes to write the picture down with this model, in bits a number of it (bits/dim).",
        KINGMA,
        in_laboratory("loss"),
    ),
    "exact": Term(
        "exact denoiser",
        "E[x<sub>0</sub> | x<sub>t</sub>]",
        "Σ w<sub>i</sub> x<sub>i</sub>, w = softmax(−‖x<sub>t</sub> − √ᾱ x<sub>i</sub>‖² / 2(1−ᾱ))",
        "The best answer where x<sub>0</sub> is one of a known set. As t → 0 one w<sub>i</sub> is nearly 1, so each "
        "chain ends at a copy of one of them: that is memorising. What is new in a network's answers is what it has "
        "not learnt exactly.",
        KARRAS,
        in_laboratory("copies"),
    ),
    "posterior": Term(
        "posterior",
        "q(x<sub>s</sub> | x<sub>t</sub>, x<sub>0</sub>)",
        "x<sub>s</sub> = c<sub>0</sub> x<sub>0</sub> + c<sub>t</sub> x<sub>t</sub> + σ z<br>"
        "c<sub>0</sub> = √ᾱ<sub>s</sub> (1 − ᾱ<sub>t</sub>/ᾱ<sub>s</sub>) / (1−ᾱ<sub>t</sub>)<br>"
        "c<sub>t</sub> = √(ᾱ<sub>t</sub>/ᾱ<sub>s</sub>) (1−ᾱ<sub>s</sub>) / (1−ᾱ<sub>t</sub>)",
        "The step back from t to any lower s where x<sub>0</sub> is known, and its coefficients. In the paper s = t−1: "
        "c<sub>0</sub> = √ᾱ<sub>t−1</sub> β<sub>t</sub> / (1−ᾱ<sub>t</sub>), "
        "c<sub>t</sub> = √(1−β<sub>t</sub>) (1−ᾱ<sub>t−1</sub>) / (1−ᾱ<sub>t</sub>), σ² = β̃<sub>t</sub>. "
        "The reverse step is this with the guess x̂<sub>0</sub> in the place of x<sub>0</sub>.",
        f"{HO}, eq. 6–7",
        Show("forward", 0.25, (("second", "posterior"),)),
    ),
    "beta_tilde": Term(
        "posterior variance",
        "β̃<sub>t</sub>",
        "β̃<sub>t</sub> = β<sub>t</sub> (1−ᾱ<sub>t−1</sub>)/(1−ᾱ<sub>t</sub>)",
        "The variance of x<sub>t−1</sub> where x<sub>t</sub> and x<sub>0</sub> are known; the lens Posterior draws its "
        "bell.",
        show=Show("forward", 0.25, (("lens", "posterior"),)),
    ),
    "kl": Term(
        "distance from pure noise",
        "KL",
        "KL(q(x<sub>t</sub> | x<sub>0</sub>) ‖ N(0, I)) = ½ ∑ [ᾱ<sub>t</sub> x<sub>0</sub>² − ᾱ<sub>t</sub> − "
        "ln(1−ᾱ<sub>t</sub>)]",
        "How well x<sub>t</sub> can still be told from pure noise, in bits a dimension; at t = T next to nothing.",
        show=Show("forward", 1.0, (("lens", "numbers"),)),
    ),
    "ddpm": Term(
        "DDPM",
        "DDPM",
        "x<sub>s</sub> ~ q(x<sub>s</sub> | x<sub>t</sub>, x̂<sub>0</sub>)",
        "Ancestral sampling: each step adds fresh noise; the reverse SDE in steps.",
        show=Show("reverse", sampler="ddpm"),
    ),
    "ddim": Term(
        "DDIM, η",
        "η",
        "x<sub>s</sub> = √ᾱ<sub>s</sub> x̂<sub>0</sub> + √(1−ᾱ<sub>s</sub>−σ²) ε̂ + σ z",
        "No fresh noise at η = 0: the same start gives the same picture, in few steps; it solves the probability-flow "
        "ODE. At η = 1 it is DDPM, the reverse SDE.",
        SONG,
        Show("reverse", sampler="ddim"),
    ),
    "density": Term(
        "density of noisy points",
        "q(x<sub>t</sub>)",
        "1/m Σ N(x<sub>t</sub>; √ᾱ<sub>t</sub> x<sub>0</sub>, (1−ᾱ<sub>t</sub>) I)",
        "Of m points it is a mixture of m bells that melt into one: the shade goes with its root.",
        KARRAS,
        Show("forward", 0.08),
    ),
    "ode": Term(
        "probability-flow ODE",
        "ODE",
        "dx = [f − ½ g² s] dt, s = ∇ ln q(x<sub>t</sub>)<br>f = −½ β x, g² = β; in other signs d(x/√ᾱ)/dσ = ε̂",
        "The path without fresh noise, solved by Euler, Heun, DPM-Solver++ and DDIM at η = 0: x<sub>T</sub> decides "
        "where it ends. It keeps q(x<sub>t</sub>): over many x<sub>T</sub> its marginal at each t is the SDE's, as "
        "both solve the same Fokker–Planck equation. From one x<sub>T</sub> the two end at different points.",
        f"{SDE}, sec. 4.3",
        in_plane("reverse", sampler="euler"),
    ),
    "sde": Term(
        "reverse SDE",
        "SDE",
        "dx = [f − g² s] dt + g dw̄, s = ∇ ln q(x<sub>t</sub>)<br>f = −½ β x, g² = β",
        "The path with fresh noise: DDPM, DDIM at η = 1, Euler ancestral. It is pulled along the score twice as "
        "strongly as the ODE. As q s = ∇q, the half that is more gathers the density as fast as the fresh noise g dw̄ "
        "spreads it: both solve the same Fokker–Planck equation, so at each t both have the marginal q(x<sub>t</sub>), "
        "though their paths differ.",
        f"{SDE}, sec. 4.3",
        in_plane("reverse", sampler="ddpm"),
    ),
    "dpmpp": Term(
        "DPM-Solver++ 2M",
        "2M",
        "second order in log SNR",
        "Uses the x̂<sub>0</sub> of the step before; 20 steps are often enough.",
        LU,
        Show("reverse", sampler="dpmpp_2m"),
    ),
    "guidance": Term(
        "guidance",
        "w",
        "ε̂ = ε̂<sub>uncond</sub> + w (ε̂<sub>cond</sub> − ε̂<sub>uncond</sub>)",
        "How much more of its class a picture gets; w = 1 is its class alone, w = 0 no class. w > 1 adds w − 1 times "
        "the way from the unconditional to the conditional score, which is the gradient of (w − 1) "
        "ln p(class | x<sub>t</sub>): away from what other classes share, to where the class is surest. So samples "
        "sharpen and breadth is lost: what lies near another class stays empty.",
        GUIDANCE,
        guided(4.0),
    ),
    "clipping": Term(
        "clipping",
        "clip",
        "x̂<sub>0</sub> ∈ [−1, 1]",
        "Keeps the predicted picture in the range of pictures; dynamic thresholding scales it instead.",
        SAHARIA,
        REVERSE,
    ),
    "cosine": Term(
        "cosine schedule",
        "cos",
        "ᾱ<sub>t</sub> = f(t/T) / f(0), f(u) = cos²(½π (u + s)/(1 + s))",
        "Takes the picture away more evenly than linear β.",
        NICHOL,
        curves("alpha_bar", 0.5),
    ),
    "shift": Term(
        "shift",
        "s",
        "σ<sub>t</sub> → s σ<sub>t</sub>",
        "More noise at each t, as larger pictures need.",
        ESSER,
        curves("sigma"),
    ),
    "edm": Term(
        "preconditioning",
        "EDM",
        "x̂<sub>0</sub> = c<sub>skip</sub> x + c<sub>out</sub> F(c<sub>in</sub> x)",
        "A network F of deviation 1 in and out.",
        KARRAS,
        lens("numbers", 0.25),
    ),
    "zero_snr": Term(
        "zero terminal SNR",
        "ᾱ<sub>T</sub> = 0",
        "√ᾱ<sub>t</sub> → (√ᾱ<sub>t</sub> − √ᾱ<sub>T</sub>) √ᾱ<sub>1</sub> / (√ᾱ<sub>1</sub> − √ᾱ<sub>T</sub>)",
        "The last level is noise alone, as a chain begins. ε says nothing of x<sub>0</sub> there: of a network that "
        "predicts it x̂<sub>0</sub> would be divided by √ᾱ<sub>T</sub> = 0. It needs v or x<sub>0</sub>.",
        LIN,
        curves("snr", 1.0),
    ),
    "custom": Term(
        "custom schedule",
        "β<sub>1</sub>, β<sub>2</sub>, …",
        "ᾱ<sub>t</sub> = ∏ (1−β<sub>s</sub>), s = 1 … t",
        "A list of β of your own, from a file or drawn: each lies between 0 and 1, so ᾱ falls. With another T, "
        "ln ᾱ stays the same function of t/T.",
        show=curves("alpha_bar"),
    ),
    "spread": Term(
        "futures",
        "spread",
        "RMS of the deviation of x̂<sub>0</sub>",
        "How far continuations of one state part: where the picture is decided.",
        HO,
        REVERSE,
    ),
}
