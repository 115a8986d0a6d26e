"""The experiments of the laboratory as menus and the command line know them; ``catalog`` offers them with the rest."""

from __future__ import annotations

from diffviz.entries import Entry, Param, table

# what they stand under in the menu
SAMPLERS, WHY, NETWORK, PICTURE, POINTS = "Samplers", "Why it works", "The network", "What is open", "Points"
GROUPS = SAMPLERS, WHY, NETWORK, PICTURE, POINTS

# what the probability-flow ODE of the bare network leaves unread
OF_ODE = frozenset(("seed", "guidance", "rederive", "clip", "sampler", "spacing", "noise"))

BEGINNINGS = {"known": "its own", "open": "mine"}  # what the window calls its choices
_BEGIN = Param(
    "begin",
    "begins with",
    "known",
    choices=("known", "open"),
    tip="known: a picture that the model was trained on, where it brings them, or what you drew or pasted. "
    "open: the picture that is open.",
)

_DATA = Param(
    "data",
    "data",
    "",
    kind="folder",
    tip="A folder of pictures, or a model's. Empty: those that the model was trained on.",
    empty="its own",
)

_OWN_WORDS = "A semicolon stands between them, at most 8. Empty: some of the model's own."
_SOME_WORDS = "some of the model's own"

_SECOND = Param(
    "second",
    "second picture",
    "",
    kind="picture",
    tip="Empty: another that the model was trained on, or a sample that ships.",
    empty="another",
)

EXPERIMENTS = table(
    Entry(
        "compare",
        "Compare runs",
        "Rows are runs from the same x_T, columns are t.",
        (
            Param(
                "reference",
                "reference",
                "1,000 steps",
                choices=("1,000 steps", "none"),
                tip="How far each run ends from the same ODE solved in 1,000 steps; computed once.",
            ),
        ),
        group=SAMPLERS,
    ),
    Entry(
        "convergence",
        "Convergence",
        "How fast each solver comes to the end of the same ODE: its order is the slope over the steps.",
        (
            Param(
                "samplers",
                "samplers",
                "ddim euler heun dpmpp_2m",
                kind="text",
                tip="Of ddim, euler, euler_ancestral (without noise), heun and dpmpp_2m.",
            ),
            Param("steps", "steps", "5 10 20 50 100", kind="text", tip="One column each, up to the model's T."),
            Param(
                "grid",
                "grid",
                "karras",
                choices=("karras", "exponential", "steps"),
                tip="The levels that all of them visit. steps: whole t, whose last step alone is of first order.",
            ),
        ),
        group=SAMPLERS,
        unread=frozenset(("sampler", "steps", "noise")),
    ),
    Entry(
        "checkpoints",
        "Checkpoints",
        "One network at several times of its training: a row each, the same seeds.",
        (
            Param(
                "folder",
                "folder",
                "",
                kind="folder",
                tip="Its sub-folders that are models become the rows.",
                empty="choose one",
            ),
            Param("samples", "samples", 4, 1, 8, 0, tip="Columns: so many seeds, from the scene's on."),
        ),
        group=NETWORK,
    ),
    Entry(
        "guidance",
        "Guidance",
        "Conditional, unconditional and guided x̂_0 at the same x_t, and their difference.",
        (Param("amplify", "amplify", 4, 1, 100, 0, tip="The difference is shown so many times as large."),),
        group=NETWORK,
    ),
    Entry(
        "weights",
        "Guidance weights",
        "Rows are weights w, all from the same x_T.",
        (Param("weights", "weights", "0 1 2 4 8", kind="text", tip="0: no class; 1: guidance off; up to 50."),),
        group=NETWORK,
        unread=frozenset(("w",)),
    ),
    Entry(
        "words",
        "Words against words",
        "A grid of pictures, all from the same x_T: rows of words against columns of words, with the prompt below.",
        (
            Param(
                "rows",
                "rows",
                "",
                kind="text",
                tip=f"smiling; sad; sunglasses: a row each. {_OWN_WORDS}",
                empty=_SOME_WORDS,
            ),
            Param(
                "columns",
                "columns",
                "",
                kind="text",
                tip=f"red hair; blue hair: a column each. {_OWN_WORDS}",
                empty=_SOME_WORDS,
            ),
        ),
        group=NETWORK,
        worded=True,
    ),
    Entry(
        "strength",
        "Strength",
        "Your picture noised to t and denoised from there (SDEdit, Meng et al. 2022).",
        (
            _BEGIN,
            Param(
                "strengths",
                "strengths",
                "0.2 0.4 0.6 0.8",
                kind="text",
                tip="Shares of T to which the picture is noised, each in (0, 1].",
            ),
        ),
        picture=True,
        group=PICTURE,
    ),
    Entry(
        "inversion",
        "DDIM inversion",
        "Your picture up to the noise that DDIM would make it of, and back: the round trip's error against steps.",
        (_BEGIN, Param("steps", "steps", "10 25 50 100", kind="text", tip="One row each, up to the model's T.")),
        picture=True,
        group=PICTURE,
        unread=OF_ODE | {"steps"},
    ),
    Entry(
        "interpolation",
        "Interpolation",
        "From one picture or noise to another, mixed in the space of noisy states and denoised.",
        (
            Param(
                "between",
                "between",
                "pictures",
                choices=("pictures", "seeds"),
                tip="pictures: yours and a second one. seeds: the x_T of two seeds, which needs no picture.",
            ),
            _BEGIN,
            _SECOND,
            Param(
                "noise",
                "noise",
                "same",
                choices=("same", "inverted"),
                tip="same: both pictures get the ε of the seed. inverted: each its own, by DDIM inversion.",
            ),
            Param("depth", "depth", 0.5, 0.02, 1.0, 2, tip="The share of T to which both pictures are noised."),
            Param("points", "points", 7, 3, 15, 0, tip="Columns from the first to the second, both included."),
            Param("seed_step", "second seed, +", 1, 1, 1_000_000, 0, tip="Added to the seed for the second x_T."),
        ),
        picture=True,
        group=PICTURE,
    ),
    Entry(
        "exact",
        "Exact against learned",
        "The network's x̂_0 beside the exact E[x_0|x_t] of its training pictures: where it memorises or generalises.",
        (_DATA,),
        group=NETWORK,
        unread=frozenset(("guidance",)),
    ),
    Entry(
        "mistakes",
        "Mistake lab",
        "Why add z, why √(1−β), which t? One mistake a row, beside the right chain from the same x_T.",
        (
            Param(
                "mistake",
                "mistake",
                "all",
                choices=(
                    "all",
                    "no z",
                    "z twice",
                    "without √(1−β)",
                    "α for ᾱ",
                    "t off by one",
                    "ε taken for v",
                    "no clipping",
                    "[0, 1]",
                    "x_T × 0.9",
                    "T/5, same β",
                ),
                tip="One alone, or all of them.",
            ),
            Param("fresh", "η", 1.0, 0.0, 1.0, 2, tip="1: DDPM, fresh z at each step. 0: DDIM, which has no z."),
        ),
        group=WHY,
        unread=frozenset(("sampler", "rederive")),
    ),
    Entry(
        "loss",
        "Loss per t",
        "The loss is flat, the samples improve: at which t it is made, and how far above the least that is possible.",
        (
            _DATA,
            Param("pictures", "pictures", 32, 1, 1000, 0, tip="So many of them are measured, the same at each t."),
            Param("levels", "levels", 32, 2, 10_000, 0, tip="So many t; the bound's other terms lie between."),
        ),
        group=NETWORK,
        unread=OF_ODE - {"seed"} | {"steps"},
    ),
    Entry(
        "one_step",
        "Why not one step?",
        "It predicts all the noise, so why not one step? The mean of many futures of x_t approaches its x̂_0.",
        (
            Param("shares", "shares of T", "0.9 0.6 0.3", kind="text", tip="One row each: the states to go on from."),
            Param("futures", "futures", 16, 2, 256, 0, tip="So many ways on from each state, each with its own z."),
            Param("chain_steps", "steps", 50, 1, 10_000, 0, tip="Of the DDPM chain from T to 0, up to the model's T."),
        ),
        group=WHY,
        unread=frozenset(("sampler", "steps", "noise")),
    ),
    Entry(
        "posterior_walk",
        "Why a network?",
        "The posterior is closed, so why a network? Walking back with the true, a wrong and the predicted x_0.",
        (_BEGIN, _SECOND),
        group=WHY,
        picture=True,
        unread=frozenset(("sampler",)),
    ),
    Entry(
        "targets",
        "Why is the target the noise?",
        "ε, x_0 and x_t − x_{t−1} beside each other, what x_t tells of each, and its share of the next step.",
        (_DATA, Param("pictures", "pictures", 32, 1, 1000, 0, tip="So many of them are measured, the same at each t.")),
        group=WHY,
        unread=OF_ODE - {"seed"} | {"steps"},
    ),
    Entry(
        "step_counts",
        "Same seed, other step count",
        "Which pictures stay the same when the number of steps changes, and which do not: DDIM's beside DDPM's.",
        (
            Param("steps", "steps", "5 10 25 50 100", kind="text", tip="One row each, up to the model's T."),
            Param("samples", "samples", 3, 1, 8, 0, tip="So many seeds, from the scene's on, by each sampler."),
        ),
        group=SAMPLERS,
        unread=frozenset(("sampler", "steps")),
    ),
    Entry(
        "wrong_t",
        "Tell it a wrong t",
        "What the network makes of x_t when it is told another t: its error over told t and true t.",
        (_BEGIN,),
        group=NETWORK,
        picture=True,
        unread=OF_ODE - {"seed"} | {"steps"},
    ),
    Entry(
        "translator",
        "Translator",
        "One output as ε, x_0, v, score and velocity, and how an error in one grows in the others.",
        (
            Param(
                "of",
                "an error in",
                "ε",
                choices=("ε", "x_0", "v", "score", "velocity"),
                tip="The form in which the network is wrong.",
            ),
            Param("error", "of size", 0.1, 0.001, 1.0, 3, tip="RMS; in the others it grows by a factor of t alone."),
        ),
        group=NETWORK,
    ),
    Entry(
        "copies",
        "Copy or new?",
        "Exact denoisers of 10, 100, 1,000 pictures and the network from one x_T: who copies, and who makes a new one.",
        (_DATA, Param("sizes", "pictures", "10 100 1000", kind="text", tip="One row each: so many pictures it knows.")),
        group=NETWORK,
    ),
    Entry(
        "path_distance",
        "Path distance",
        "How far each solver strays from the ODE's own path, on the way and at its end, as its steps grow.",
        (Param("steps", "steps", "5 10 25 50 100", kind="text", tip="One column each, up to the model's T."),),
        group=POINTS,
        unread=frozenset(("sampler", "steps", "noise")),
        cloud=True,
    ),
    Entry(
        "learning",
        "Learning",
        "Small networks that learn the points: their size and their time against the error of their field.",
        (
            Param("widths", "widths", "8 32 128", kind="text", tip="One row each: of the three layers."),
            Param("trained", "trained for", "100 300 1000", kind="text", tip="One column each: steps of training."),
            Param("predicts", "predicts", "ε", choices=("ε", "v", "x_0", "flow"), tip="What the network is asked for."),
        ),
        group=POINTS,
        unread=OF_ODE - {"seed"} | {"steps", "class"},
        cloud=True,
    ),
    Entry(
        "memorising",
        "Memorising",
        "The exact field of 10, 100, 1,000 of the points: where its chains end, and how it differs from that of all.",
        (Param("atoms", "points known", "10 100 1000", kind="text", tip="One row each; the last one knows all."),),
        group=POINTS,
        unread=frozenset(("class", "guidance", "rederive", "clip", "noise")),
        cloud=True,
    ),
)
