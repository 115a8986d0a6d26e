"""Which folder is meant: the hub's cache as it was copied, checkpoints by their steps, parts of latent pipelines."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from model_files import INDEX, WEIGHTS, edit, edit_weights, plain_unet, refused
from safetensors.torch import load_file

from diffviz.files import hub_name
from diffviz.models import ModelError, SchedulerChoice, SchedulerMissing, load_model

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def cache(tiny_model_folder: Path, tmp_path: Path) -> Path:
    """models--example--tiny as the hub's library lays it out: refs/main, blobs, and a snapshot of links to them."""
    root = tmp_path / "models--example--tiny"
    for k, path in enumerate(sorted(p for p in tiny_model_folder.rglob("*") if p.is_file())):
        link = root / "snapshots" / COMMIT / path.relative_to(tiny_model_folder)
        blob = root / "blobs" / f"{k:040x}"
        for folder in (link.parent, blob.parent):
            folder.mkdir(parents=True, exist_ok=True)
        shutil.move(path, blob)
        link.symlink_to(os.path.relpath(blob, link.parent))
    (root / "refs").mkdir()
    (root / "refs" / "main").write_text(COMMIT, encoding="utf-8")
    return root


def links(root: Path) -> list[Path]:
    return [path for path in (root / "snapshots").rglob("*") if path.is_symlink()]


class TestHubCache:
    @pytest.mark.parametrize("inside", [".", "snapshots", f"snapshots/{COMMIT}"])
    def test_it_opens_under_the_hubs_name(self, cache, inside):
        model = load_model(cache / inside)
        assert model.name == "example/tiny" and model.notes == ()
        assert model.class_names == ("dot", "ring", "cross") and model.schedule.T == 100

    def test_its_network_alone(self, cache):
        assert load_model(cache / "snapshots" / COMMIT / "unet").name == "example/tiny/unet"

    def test_one_whose_links_became_files(self, cache):
        for link in links(cache):
            blob = link.resolve()
            link.unlink()
            shutil.copy(blob, link)
        shutil.rmtree(cache / "blobs")
        assert load_model(cache).name == "example/tiny"

    def test_one_whose_links_became_texts(self, cache):
        for link in links(cache):
            text = os.readlink(link)
            link.unlink()
            link.write_text(text, encoding="utf-8")
        assert load_model(cache).class_names == ("dot", "ring", "cross")

    def test_a_text_leads_to_a_blob_and_nowhere_else(self, cache):
        link = cache / "snapshots" / COMMIT / "unet" / "config.json"
        target = link.resolve().rename(cache.parent / ("0" * 40))
        link.unlink()
        link.write_text(f"../../../../blobs/../../{target.name}", encoding="utf-8")
        with pytest.raises(ModelError, match=r"^example/tiny/unet/config\.json: is not valid JSON"):
            load_model(cache)

    def test_the_snapshot_is_the_one_that_main_names(self, cache):
        other = shutil.copytree(cache / "snapshots" / COMMIT, cache / "snapshots" / ("f" * 40))
        (other / "unet" / "config.json").unlink()
        os.utime(other, (2e9, 2e9))
        assert load_model(cache).folder.name == COMMIT
        (cache / "refs" / "main").write_text("f" * 40 + "\n", encoding="utf-8")
        with pytest.raises(ModelError, match=r"^example/tiny/unet/config\.json: is missing"):
            load_model(cache)

    @pytest.mark.parametrize("main", [None, "", "e" * 40, "../../../tiny", "\0"])
    def test_without_a_main_the_newest_is_read_and_said(self, cache, main):
        (cache / "refs" / "main").unlink()
        if main is not None:
            (cache / "refs" / "main").write_text(main, encoding="utf-8")
        model = load_model(cache)
        assert model.folder.name == COMMIT
        assert model.notes == ("refs/main names no snapshot that is here; 012345678... is read",)

    def test_refs_that_are_odd(self, cache):
        (cache / "refs" / "main").unlink()
        os.mkfifo(cache / "refs" / "main")
        with pytest.raises(ModelError, match=r"^example/tiny/refs/main: is a pipe or device"):
            load_model(cache)

    @pytest.mark.parametrize("empty", ["links", "snapshots"])
    def test_one_whose_links_were_lost(self, cache, empty):
        shutil.rmtree(cache / "snapshots")
        (cache / "snapshots" / COMMIT if empty == "links" else cache / "snapshots").mkdir(parents=True)
        with pytest.raises(ModelError, match=r"^example/tiny: its snapshot holds no files, .* copy it again"):
            load_model(cache)

    def test_one_without_its_blobs(self, cache):
        shutil.rmtree(cache / "blobs")
        with pytest.raises(ModelError, match=r"^example/tiny/\S+: is a link that leads nowhere; fetch"):
            load_model(cache)

    def test_the_cache_of_many(self, cache):
        refused(cache.parent, "holds the hub's cache; choose one of")

    @pytest.mark.parametrize(
        ("folder", "name"),
        [
            ("/a/models--org--name", "org/name"),
            ("/a/models--gpt2", "gpt2"),
            ("/a/models--org--name/snapshots", "org/name"),
            ("/a/models--org--name/snapshots/abc/unet", "org/name/unet"),
            ("/a/models--org--name/blobs", None),
            ("/a/models/org", None),
            ("", None),
        ],
    )
    def test_names(self, folder, name):
        assert hub_name(folder) == name


class TestCheckpoints:
    @pytest.fixture
    def run(self, tiny_model_folder, tmp_path):
        for step in (500, 1000, 20):
            checkpoint = tmp_path / "run" / f"checkpoint-{step}"
            shutil.copytree(tiny_model_folder / "unet", checkpoint / "unet")
            for name in ("optimizer.bin", "scheduler.bin"):
                torch.save({}, checkpoint / name)
        (tmp_path / "run" / "logs").mkdir()
        return tmp_path / "run"

    def test_the_last_by_its_step_is_read_and_said(self, run):
        model = load_model(run, scheduler=SchedulerChoice())
        assert model.folder == run / "checkpoint-1000" and model.name == "run/checkpoint-1000"
        assert model.notes == ("checkpoint-1000 is read, the last of 3 checkpoints",)

    def test_its_scheduler_is_asked_for(self, run):
        with pytest.raises(SchedulerMissing, match=r"^run/checkpoint-1000: has no scheduler_config\.json"):
            load_model(run)

    def test_one_that_was_not_finished_is_passed_over(self, run):
        (run / "checkpoint-3000" / "unet").mkdir(parents=True)
        torch.save({}, run / "checkpoint-3000" / "optimizer.bin")
        assert load_model(run, scheduler=SchedulerChoice()).folder == run / "checkpoint-1000"

    def test_a_model_beside_its_checkpoints_is_the_one(self, tiny_model_folder):
        shutil.copytree(tiny_model_folder / "unet", tiny_model_folder / "checkpoint-9" / "unet")
        assert load_model(tiny_model_folder).folder == tiny_model_folder

    def test_the_state_of_a_training_is_no_pickled_network(self, run):
        shutil.rmtree(run / "checkpoint-500" / "unet")
        message = refused(run / "checkpoint-500", "holds neither model_index.json nor config.json")
        assert "pickle" not in message


class TestLatents:
    @pytest.mark.parametrize(
        "entry",
        [
            {"vae": ["diffusers", "AutoencoderKL"]},
            {"vqvae": ["diffusers", "VQModel"]},
            {"first_stage": ["diffusers", "VQModel"]},
            {"decoder": ["diffusers", "AutoencoderTiny"]},
        ],
        ids=str,
    )
    @pytest.mark.parametrize("place", [".", "unet", "unet_ema", "checkpoint-5", "checkpoint-5/unet", "renamed"])
    def test_a_network_of_a_latent_pipeline_is_refused_like_the_pipeline(self, tiny_model_folder, entry, place):
        for copy in ("unet_ema", "checkpoint-5/unet", "renamed"):
            shutil.copytree(tiny_model_folder / "unet", tiny_model_folder / copy)
        edit(tiny_model_folder / INDEX, **entry)
        with pytest.raises(ModelError) as caught:
            load_model(tiny_model_folder / place)
        [part] = entry
        words = f"latent pipeline ({part}), and diffviz opens models of pixels only; choose a pipeline of unet and"
        assert words in str(caught.value) and "\n" not in str(caught.value)

    def test_by_a_link(self, tiny_model_folder, tmp_path):
        edit(tiny_model_folder / INDEX, vae=["diffusers", "AutoencoderKL"])
        (tmp_path / "mine").symlink_to(tiny_model_folder / "unet")
        refused(tmp_path / "mine", "is part of a latent pipeline (vae)")

    @pytest.mark.parametrize("place", [".", "unet"])
    def test_without_an_index(self, tiny_model_folder, place):
        (tiny_model_folder / INDEX).unlink()
        (tiny_model_folder / "vqvae").mkdir()
        with pytest.raises(ModelError, match=r"is part of a latent pipeline \(vqvae\)"):
            load_model(tiny_model_folder / place)

    def test_a_pixel_network_beside_somebody_elses_autoencoder(self, tiny_model_folder):
        (tiny_model_folder.parent / "vae").mkdir()
        assert load_model(tiny_model_folder).sample_shape == load_model(tiny_model_folder / "unet").sample_shape


@pytest.mark.parametrize(
    ("channels", "note"),
    [
        (1, ()),
        (2, ("shown of its 2 channels: the first, as grey",)),
        (3, ()),
        (4, ("shown of its 4 channels: the first three, as RGB",)),
        (7, ("shown of its 7 channels: the first three, as RGB",)),
    ],
)
def test_channels_that_are_not_shown_are_said(tmp_path, channels, note):
    plain_unet(in_channels=channels, out_channels=channels).save_pretrained(tmp_path / "net")
    assert load_model(tmp_path / "net", scheduler=SchedulerChoice()).notes == note


class TestRemedies:
    """What a refusal sends a person to must open."""

    def test_a_pickle_of_more_than_a_state_dict_is_converted_all_the_same(self, tiny_model_folder):
        tensors = load_file(tiny_model_folder / WEIGHTS)
        (tiny_model_folder / WEIGHTS).unlink()
        shared = tensors["conv_in.bias"]
        state = {f"module.{key}": value for key, value in tensors.items()} | {"steps": 7, "module.alias": shared}
        torch.save({"state_dict": state, "epoch": 3}, tiny_model_folder / "unet" / "last.ckpt")
        command = refused(tiny_model_folder).split("convert it once with: ")[1].replace("python", sys.executable, 1)
        subprocess.run(command, shell=True, check=True)
        model = load_model(tiny_model_folder)
        assert model.notes == ("left out of the weights: alias",)

    def test_pickled_pieces_are_put_together(self, tiny_model_folder):
        tensors = load_file(tiny_model_folder / WEIGHTS)
        (tiny_model_folder / WEIGHTS).unlink()
        keys = sorted(tensors)
        for k in range(2):
            name = f"diffusion_pytorch_model-0000{k + 1}-of-00002.bin"
            torch.save({key: tensors[key] for key in keys[k::2]}, tiny_model_folder / "unet" / name)
        command = refused(tiny_model_folder).split("convert it once with: ")[1].replace("python", sys.executable, 1)
        subprocess.run(command, shell=True, check=True)
        edit_weights(tiny_model_folder, lambda converted: {key: converted[key] for key in tensors})
        assert load_model(tiny_model_folder).sample_shape == (3, 8, 8)
