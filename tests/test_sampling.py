"""What a folder says about sampling: the chain's defaults, state for state those of diffusers' own scheduler."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch

from diffviz.cli import main
from diffviz.engine.run_file import load_run
from diffviz.models import load_model
from diffviz.models.scheduler import process_of
from diffviz.sampling import PLAIN, Sampling
from diffviz.scene import SamplerSpec, params

PLAIN_CONFIG = {"prediction_type": "v_prediction"}
Run = Callable[..., list[Any]]


@pytest.fixture
def run(tiny_model_folder: Path, tmp_path: Path) -> Run:
    """Save a scheduler in the tiny model's folder and run its chain on the command line; (t, x_t) of each state."""

    def states(scheduler: Any, *options: str, steps: int = 10) -> list[Any]:
        scheduler.save_pretrained(tiny_model_folder / "scheduler")
        target = tmp_path / "chain.diffviz-run"
        words = ["--model", str(tiny_model_folder), "--seed", "7", "--steps", str(steps), "--class", "dot", *options]
        assert main(["export", "reverse", "--save-run", str(target), *words]) == 0
        return [(state.t, torch.from_numpy(state.values[0])) for state in load_run(target).states]

    return states


@torch.no_grad()
def theirs(folder: Path, scheduler: Any, steps: int = 10) -> list[Any]:
    """The same chain by diffusers' scheduler: the variance-preserving state at each of its timesteps, and the end."""
    model, generator = load_model(folder), torch.Generator().manual_seed(7)
    if "Euler" in type(scheduler).__name__:
        # at t = 1 the σ of diffusers' float32 table is off by 1e-4, and a random network feels that
        scheduler.alphas_cumprod = torch.from_numpy(model.schedule.alpha_bar[1:].copy())
    scheduler.set_timesteps(steps)
    # DPM-Solver's states are variance-preserving, as ours are
    sigmas = scheduler.sigmas if "Euler" in type(scheduler).__name__ else None
    x = torch.randn(1, 3, 8, 8, generator=generator) * scheduler.init_noise_sigma
    found = []
    for i, t in enumerate(scheduler.timesteps):
        scale = 1.0 if sigmas is None else float((sigmas[i] ** 2 + 1) ** 0.5)
        found.append((float(t) + 1, x / scale))
        scaled = scheduler.scale_model_input(x, t)
        output = model.network(scaled.float(), t.reshape(1), torch.zeros(1, dtype=torch.int64)).sample
        x = scheduler.step(output, t, x, generator=generator).prev_sample
    return [*found, (0.0, x)]


def assert_same(ours: list[Any], expected: list[Any]) -> None:
    assert [round(t, 2) for t, _ in ours] == pytest.approx([t for t, _ in expected], abs=0.02)
    for (t, x), (_, y) in zip(ours, expected, strict=True):
        assert float((x - y).abs().max()) < 1e-4 * max(1.0, float(y.abs().max())), t


DDPM = [
    {"timestep_spacing": "leading"},
    {"timestep_spacing": "leading", "steps_offset": 3},
    {"timestep_spacing": "linspace"},
    {"timestep_spacing": "trailing"},
    {"variance_type": "fixed_small_log"},
    {"variance_type": "fixed_large"},
    {"clip_sample": False},
    {"clip_sample_range": 0.5},
    {"thresholding": True, "sample_max_value": 1.2},
    {"thresholding": True, "sample_max_value": 3.0, "dynamic_thresholding_ratio": 0.7},
    {"prediction_type": "sample"},
    {"beta_schedule": "squaredcos_cap_v2", "rescale_betas_zero_snr": True, "timestep_spacing": "trailing"},
]


@pytest.mark.parametrize("changes", DDPM, ids=str)
def test_ddpm_goes_as_diffusers_goes(run: Run, tiny_model_folder: Path, changes: dict[str, Any]) -> None:
    scheduler = diffusers.DDPMScheduler(**{**PLAIN_CONFIG, **changes})
    assert_same(run(scheduler), theirs(tiny_model_folder, scheduler))


DDIM = [
    {},
    {"steps_offset": 1},
    {"set_alpha_to_one": False},
    {"steps_offset": 1, "set_alpha_to_one": False},
    {"timestep_spacing": "trailing", "set_alpha_to_one": False, "clip_sample": False},
]


@pytest.mark.parametrize("changes", DDIM, ids=str)
def test_ddim_goes_as_diffusers_goes(run: Run, tiny_model_folder: Path, changes: dict[str, Any]) -> None:
    scheduler = diffusers.DDIMScheduler(**{**PLAIN_CONFIG, **changes})
    assert_same(run(scheduler, "--sampler", "ddim"), theirs(tiny_model_folder, scheduler))


EULER = [
    {},
    {"timestep_spacing": "leading", "steps_offset": 1},
    {"timestep_spacing": "trailing"},
    {"use_karras_sigmas": True},
    {"use_exponential_sigmas": True},
    {"use_karras_sigmas": True, "timestep_spacing": "leading", "steps_offset": 1},
]


@pytest.mark.parametrize("steps", [7, 10])
@pytest.mark.parametrize("changes", EULER, ids=str)
def test_euler_goes_as_diffusers_goes(run: Run, tiny_model_folder: Path, changes: dict[str, Any], steps: int) -> None:
    # x_0, because diffusers begins with σ_T z in the place of √(1+σ_T²) z, and a random network enlarges differences
    scheduler = diffusers.EulerDiscreteScheduler(prediction_type="sample", **changes)
    assert_same(run(scheduler, "--sampler", "euler", steps=steps), theirs(tiny_model_folder, scheduler, steps))


MULTISTEP = [{}, {"timestep_spacing": "leading", "steps_offset": 1}, {"timestep_spacing": "trailing"}]


@pytest.mark.parametrize("changes", MULTISTEP, ids=str)
def test_dpm_solver_goes_as_diffusers_goes(run: Run, tiny_model_folder: Path, changes: dict[str, Any]) -> None:
    scheduler = diffusers.DPMSolverMultistepScheduler(prediction_type="sample", **changes)
    assert_same(run(scheduler, "--sampler", "dpmpp_2m"), theirs(tiny_model_folder, scheduler))


@torch.no_grad()
def test_a_learned_variance_is_the_default_where_the_folder_says_so(run: Run, tiny_model_folder: Path) -> None:
    network = load_model(tiny_model_folder).network
    config = {**network.config, "out_channels": 6}
    torch.manual_seed(1)
    diffusers.UNet2DModel.from_config(config).save_pretrained(tiny_model_folder / "unet")
    scheduler = diffusers.DDPMScheduler(**PLAIN_CONFIG, variance_type="learned_range")
    assert_same(run(scheduler), theirs(tiny_model_folder, scheduler))


def test_an_option_that_is_given_wins(run: Run) -> None:
    leading = diffusers.DDPMScheduler(**PLAIN_CONFIG, variance_type="fixed_large", steps_offset=3)
    assert [t for t, _ in run(leading)][:2] == [904, 804]
    assert [t for t, _ in run(leading, "--offset", "0")][:2] == [901, 801]
    trailing = run(leading, "--spacing", "trailing", "--variance", "fixed_small")
    other = diffusers.DDPMScheduler(**PLAIN_CONFIG, timestep_spacing="trailing")
    assert all(torch.equal(x, y) for (_, x), (_, y) in zip(trailing, run(other), strict=True))
    karras = diffusers.EulerDiscreteScheduler(**PLAIN_CONFIG, use_karras_sigmas=True)
    steps = run(karras, "--sampler", "euler", "--grid", "steps")
    assert [t for t, _ in steps] == [1000, 889, 778, 667, 556, 445, 334, 223, 112, 1, 0]
    # a spacing is nothing that a grid in σ has
    assert [t for t, _ in run(karras, "--sampler", "euler", "--spacing", "trailing")][:3] == [1000, 900, 800]
    ends = diffusers.DDIMScheduler(**PLAIN_CONFIG, set_alpha_to_one=False)
    one, first = (run(ends, "--sampler", "ddim", "--last", last)[-1][1] for last in ("one", "first"))
    assert torch.equal(first, run(ends, "--sampler", "ddim")[-1][1]) and not torch.equal(one, first)


SAID = [
    (diffusers.DDPMScheduler(variance_type="fixed_large_log"), (), 'by ddpm: variance_type: "fixed_large_log".'),
    (diffusers.DDPMScheduler(variance_type="learned_range"), (), "by ddpm: variance_type: learned_range."),
    (diffusers.DDPMScheduler(variance_type="fixed_large"), ("ddim",), "by ddim: variance_type: fixed_large."),
    (diffusers.EulerDiscreteScheduler(use_karras_sigmas=True), (), "by ddpm: use_karras_sigmas: true."),
    (diffusers.EulerDiscreteScheduler(use_exponential_sigmas=True), (), "by ddpm: use_exponential_sigmas: true."),
    (diffusers.DDIMScheduler(set_alpha_to_one=False), (), "by ddpm: set_alpha_to_one: false."),
    (diffusers.EulerDiscreteScheduler(sigma_min=0.1), ("euler",), "by euler: sigma_min: 0.1."),
    (
        diffusers.EulerDiscreteScheduler(interpolation_type="log_linear"),
        (),
        'by ddpm: interpolation_type: "log_linear".',
    ),
    (diffusers.DPMSolverMultistepScheduler(solver_order=3), ("dpmpp_2m",), "by dpmpp_2m: solver_order: 3."),
    (diffusers.DDPMScheduler(), (), ""),
    (diffusers.EulerDiscreteScheduler(use_karras_sigmas=True), ("euler",), ""),
]


@pytest.mark.parametrize(("scheduler", "sampler", "said"), SAID)
def test_what_is_not_taken_is_named(
    run: Run, capsys: pytest.CaptureFixture[str], scheduler: Any, sampler: tuple[str, ...], said: str
) -> None:
    run(scheduler, *(("--sampler", *sampler) if sampler else ()), steps=2)
    error = capsys.readouterr().err
    assert error == (f"diffviz: {{}}: not taken of its scheduler {said}\n".format("tiny") if said else "")


def test_the_shipped_models_say_what_the_defaults_are() -> None:
    for name in ("smileys-32", "emoji-32"):
        sampling = load_model(name).sampling
        assert sampling == PLAIN and sampling is not None
        assert SamplerSpec().as_said(sampling) == SamplerSpec()


class TestSamplerSpec:
    SAID = Sampling("leading", 1, (("grid", "karras"), ("last", "first"), ("variance", "fixed_large")))

    def test_each_sampler_takes_what_it_has(self) -> None:
        def said(name: str) -> SamplerSpec:
            return SamplerSpec(name, 9).as_said(self.SAID)

        assert said("ddpm") == SamplerSpec("ddpm", 9, "leading", params(variance="fixed_large"), 1)
        assert said("ddim") == SamplerSpec("ddim", 9, "leading", params(last="first"), 1)
        assert said("heun") == SamplerSpec("heun", 9, "leading", params(grid="karras"), 1)

    def test_what_no_folder_says_stays(self) -> None:
        spec = SamplerSpec("ddim", 9, params=params(eta=0.5, last="first"))
        assert spec.as_said(PLAIN) == SamplerSpec("ddim", 9, params=params(eta=0.5))

    def test_agreeing_is_about_what_is_computed(self) -> None:
        assert SamplerSpec(params=params(variance="fixed_small"), offset=4).agrees(PLAIN)
        assert not SamplerSpec(params=params(variance="fixed_large")).agrees(PLAIN)
        assert not SamplerSpec(spacing="leading").agrees(PLAIN)
        leading = Sampling("leading", 1)
        assert SamplerSpec(spacing="leading", offset=1).agrees(leading)
        assert not SamplerSpec(spacing="leading").agrees(leading)
        karras = SamplerSpec("heun", params=params(grid="karras"))
        assert not karras.agrees(self.SAID)  # whose grid goes from leading's first level to its last
        assert karras.as_said(self.SAID).agrees(self.SAID)
        assert karras.agrees(Sampling("linspace", params=(("grid", "karras"),)))
        assert SamplerSpec("ddim", params=params(eta=1.0)).agrees(PLAIN)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"timestep_spacing": "even"}, '"timestep_spacing": even, expected one of trailing, leading, linspace'),
        ({"timestep_spacing": None}, '"timestep_spacing": None'),
        ({"timestep_spacing": "linspace_open"}, '"timestep_spacing": linspace_open'),
        ({"steps_offset": -1}, '"steps_offset": -1, expected a whole number in 0..999'),
        ({"steps_offset": 1000}, '"steps_offset": 1000'),
        ({"steps_offset": 1.0}, '"steps_offset": 1.0'),
        ({"_class_name": "DDIMScheduler", "set_alpha_to_one": "no"}, '"set_alpha_to_one": no, expected true or false'),
        ({"_class_name": "EulerDiscreteScheduler", "use_karras_sigmas": 1}, '"use_karras_sigmas": 1'),
    ],
)
def test_what_cannot_be_is_refused(entry: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError) as caught:
        process_of({"_class_name": "DDPMScheduler", **entry}, "tiny/scheduler_config.json")
    assert str(caught.value).startswith("tiny/scheduler_config.json: has ") and said in str(caught.value)


@pytest.mark.parametrize(
    "entry",
    [
        {"steps_offset": float("nan"), "timestep_spacing": "trailing"},
        {"set_alpha_to_one": 3},
        {"use_karras_sigmas": "yes"},
        {"_class_name": "EulerDiscreteScheduler", "use_karras_sigmas": None},
        {"variance_type": None},
    ],
)
def test_a_key_that_is_not_used_may_hold_anything(entry: dict[str, Any]) -> None:
    sampling = process_of({"_class_name": "DDPMScheduler", **entry}, "tiny/scheduler_config.json").sampling
    assert sampling is not None
    assert not sampling.params and not sampling.left_out


def test_each_row_of_a_comparison_goes_as_its_own_folder_says(tiny_model_folder: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(tiny_model_folder, tmp_path / "other"))
    path = other / "scheduler" / "scheduler_config.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"trailing"', '"leading"'), encoding="utf-8")
    words = ["sampler=euler steps=4", f"sampler=euler steps=4 model={other}", "sampler=euler steps=4 spacing=leading"]
    table = tmp_path / "sheet.csv"
    runs = [part for row in words for part in ("--run", row)]
    assert main(["experiment", "compare", "--model", str(tiny_model_folder), *runs, "-o", str(table)]) == 0
    sheet = table.read_text(encoding="utf-8")
    first, second, third = (line for line in sheet.splitlines() if "network calls" in line)
    assert first.startswith("trailing · tiny ·") and second.startswith("leading · other ·")
    assert second.partition(",")[2] == third.partition(",")[2] != first.partition(",")[2]
