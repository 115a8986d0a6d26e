"""The files of a network as people have them: names, pieces, prefixes, counters; each equals diffusers' own."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from diffusers import UNet2DModel
from model_files import WEIGHTS, edit_weights, refused
from safetensors.torch import load_file, save_file
from torch import Tensor

from diffviz.models import load_model
from diffviz.models.weights import MAX_SHARDS, choose_weights

INDEX = WEIGHTS.with_name("diffusion_pytorch_model.safetensors.index.json")


@pytest.fixture
def check(_tiny_model: Path) -> Callable[[Path], tuple[str, ...]]:
    """Compare a folder's network with diffusers' own at four levels; returns what is said of the folder."""
    theirs = UNet2DModel.from_pretrained(_tiny_model / "unet", low_cpu_mem_usage=False)

    def compare(folder: Path) -> tuple[str, ...]:
        model = load_model(folder)
        x = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(1))
        timestep, labels = torch.tensor([0, 24, 59, 99]), torch.tensor([0, 1, 2, 3])
        expected = theirs(x, timestep, labels).sample
        torch.testing.assert_close(model.run_network(x, timestep, labels), expected, atol=1e-5, rtol=1e-5)
        return model.notes

    return compare


def split(folder: Path, count: int = 3, stem: str = "diffusion_pytorch_model") -> list[Path]:
    """Replace the weights by pieces and their index."""
    tensors = load_file(folder / WEIGHTS)
    (folder / WEIGHTS).unlink()
    keys, table, files = sorted(tensors), {}, []
    for k in range(count):
        files.append(folder / "unet" / f"{stem}-{k + 1:05}-of-{count:05}.safetensors")
        save_file({key: tensors[key] for key in keys[k::count]}, files[-1])
        table |= dict.fromkeys(keys[k::count], files[-1].name)
    index = {"metadata": {"total_size": 1}, "weight_map": table}
    (folder / "unet" / f"{stem}.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    return files


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            "diffusion_pytorch_model.bf16.safetensors",
            "diffusion_pytorch_model.fp16.safetensors",
            "diffusion_pytorch_model.ema.safetensors",
            "diffusion_pytorch_model.non_ema.v1-2.safetensors",
            "model.safetensors",
            "model.fp16.safetensors",
            "my weights, step 500.safetensors",
        ],
    )
    def test_any_name(self, tiny_model_folder, check, name):
        (tiny_model_folder / WEIGHTS).rename(tiny_model_folder / "unet" / name)
        (tiny_model_folder / "unet" / f"._{name}").write_bytes(b"\0\5\x16\7")  # what macOS leaves in archives
        assert check(tiny_model_folder) == ()

    def test_one_of_several_is_read_and_said(self, tiny_model_folder, check):
        for variant in ("bf16", "fp16"):
            save_file(
                {key: torch.zeros_like(value) for key, value in load_file(tiny_model_folder / WEIGHTS).items()},
                tiny_model_folder / "unet" / f"diffusion_pytorch_model.{variant}.safetensors",
            )
        [note] = check(tiny_model_folder)
        assert note == "diffusion_pytorch_model.safetensors is read, of 3 files of weights"

    @pytest.mark.parametrize(
        ("names", "chosen"),
        [
            (["diffusion_pytorch_model.bf16", "diffusion_pytorch_model.fp16"], "diffusion_pytorch_model.fp16"),
            (["diffusion_pytorch_model.ema", "diffusion_pytorch_model.fp32"], "diffusion_pytorch_model.ema"),
            (["diffusion_pytorch_model.bf16", "model"], "diffusion_pytorch_model.bf16"),
            (["optimizer", "model"], "model"),
            (["diffusion_pytorch_model.a-00001-of-00002", "diffusion_pytorch_model.b"], "diffusion_pytorch_model.b"),
        ],
    )
    def test_which_one(self, names, chosen):
        found, _ = choose_weights(f"{name}.safetensors" for name in names)
        assert found == f"{chosen}.safetensors"


class TestPrefixes:
    @pytest.mark.parametrize(
        "prefix",
        ["_orig_mod.", "module.", "unet.", "module._orig_mod.", "_orig_mod.module.unet.", "ema_model.module.", "net."],
    )
    def test_before_every_name(self, tiny_model_folder, check, prefix):
        edit_weights(tiny_model_folder, lambda tensors: {prefix + key: value for key, value in tensors.items()})
        assert check(tiny_model_folder) == ()

    def test_of_parts_that_were_compiled_by_themselves(self, tiny_model_folder, check):
        def rename(key: str) -> str:
            return key.replace("mid_block.", "mid_block._orig_mod.").replace("down_blocks.0.", "down_blocks.0.module.")

        edit_weights(tiny_model_folder, lambda tensors: {rename(key): value for key, value in tensors.items()})
        assert check(tiny_model_folder) == ()

    def test_the_averaged_network_of_two(self, tiny_model_folder, check):
        def change(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
            other = {f"model.{key}": torch.zeros_like(value) for key, value in tensors.items()}
            return other | {f"ema_model.{key}": value for key, value in tensors.items()}

        edit_weights(tiny_model_folder, change)
        [note] = check(tiny_model_folder)
        assert note.startswith("left out of the weights: model.class_embedding.weight and ")

    def test_a_name_twice(self, tiny_model_folder):
        edit_weights(tiny_model_folder, lambda tensors: tensors.update({"module.conv_in.bias": torch.zeros(8)}))
        refused(tiny_model_folder, "holds conv_in.bias twice")


class TestWhatIsNoneOfTheNetworks:
    @pytest.mark.parametrize(
        "counter",
        [
            torch.tensor([5]),
            torch.tensor(5, dtype=torch.int32),
            torch.tensor(True),
            torch.tensor([1, 2], dtype=torch.uint8),
            torch.tensor(0.999),
            torch.zeros(3, dtype=torch.complex64),
            torch.zeros(2, 2).to(torch.float8_e5m2),
        ],
        ids=lambda value: str(value.dtype),
    )
    @pytest.mark.parametrize("key", ["num_updates", "ema.decay"])
    def test_is_left_out_and_said(self, tiny_model_folder, check, counter, key):
        edit_weights(tiny_model_folder, lambda tensors: tensors.update({key: counter}))
        assert check(tiny_model_folder) == (f"left out of the weights: {key}",)

    def test_counters_of_the_networks_own_layers(self, tiny_model_folder, check):
        counters = {f"mid_block.{name}": torch.tensor(7) for name in ("num_batches_tracked", "steps")}
        edit_weights(tiny_model_folder, lambda tensors: tensors.update(counters))
        assert check(tiny_model_folder) == ("left out of the weights: mid_block.num_batches_tracked and 1 more",)

    def test_beside_a_prefix_as_torchs_averages_have_it(self, tiny_model_folder, check):
        edit_weights(
            tiny_model_folder,
            lambda tensors: {f"module.{k}": v for k, v in tensors.items()} | {"n_averaged": torch.tensor(9)},
        )
        assert check(tiny_model_folder) == ("left out of the weights: n_averaged",)


class TestShards:
    @pytest.mark.parametrize("stem", ["diffusion_pytorch_model", "model"])
    def test_several_files_and_an_index(self, tiny_model_folder, check, stem):
        split(tiny_model_folder, stem=stem)
        assert check(tiny_model_folder) == ()

    @pytest.mark.parametrize("variant", [None, "fp16"])
    def test_as_diffusers_writes_them(self, tiny_model_folder, variant):
        theirs = UNet2DModel.from_pretrained(tiny_model_folder / "unet", low_cpu_mem_usage=False)
        (tiny_model_folder / WEIGHTS).unlink()
        theirs.save_pretrained(tiny_model_folder / "unet", max_shard_size="20KB", variant=variant)
        assert len(list((tiny_model_folder / "unet").glob("*-of-*.safetensors"))) > 1
        model = load_model(tiny_model_folder)
        for key, value in theirs.state_dict().items():
            assert torch.equal(model.network.state_dict()[key], value)

    def test_links_into_the_hubs_blobs(self, tiny_model_folder, check, tmp_path):
        files = split(tiny_model_folder)
        snapshot = tmp_path / "models--owner--tiny" / "snapshots" / "abc"
        blobs = snapshot.parent.parent / "blobs"
        shutil.copytree(tiny_model_folder, snapshot)
        blobs.mkdir()
        for k, file in enumerate(files):
            link = snapshot / "unet" / file.name
            link.rename(blobs / str(k))
            link.symlink_to(os.path.relpath(blobs / str(k), link.parent))
        check(snapshot)

    def test_a_missing_one_is_named(self, tiny_model_folder):
        split(tiny_model_folder)[1].unlink()
        refused(tiny_model_folder, "tiny/unet/diffusion_pytorch_model-00002-of-00003.safetensors: is missing; fetch")

    def test_a_broken_one_is_named(self, tiny_model_folder):
        file = split(tiny_model_folder)[2]
        file.write_bytes(file.read_bytes()[:-4])
        refused(tiny_model_folder, "diffusion_pytorch_model-00003-of-00003.safetensors: is truncated")

    def test_without_their_index(self, tiny_model_folder):
        split(tiny_model_folder)
        (tiny_model_folder / INDEX).unlink()
        refused(tiny_model_folder, "pieces of weights without diffusion_pytorch_model.safetensors.index.json; fetch")

    @pytest.mark.parametrize(
        "elsewhere",
        ["../other.safetensors", "/etc/passwd", "sub/a.safetensors", "..", "*.safetensors", "a.bin", "", 7, None],
    )
    def test_an_index_leads_to_files_beside_it_alone(self, tiny_model_folder, elsewhere):
        split(tiny_model_folder)
        shutil.copy(tiny_model_folder / "unet" / "diffusion_pytorch_model-00001-of-00003.safetensors",
                    tiny_model_folder / "other.safetensors")  # fmt: skip
        index = json.loads((tiny_model_folder / INDEX).read_text(encoding="utf-8"))
        index["weight_map"]["conv_in.weight"] = elsewhere
        (tiny_model_folder / INDEX).write_text(json.dumps(index), encoding="utf-8")
        refused(tiny_model_folder, "index.json: leads to ", "no safetensors file beside it")

    def test_a_link_out_of_the_folder(self, tiny_model_folder):
        file = split(tiny_model_folder)[0]
        file.rename(tiny_model_folder.parent / "elsewhere.safetensors")
        file.symlink_to(tiny_model_folder.parent / "elsewhere.safetensors")
        refused(tiny_model_folder, "00001-of-00003.safetensors: is a link that leads out of the model's folder")

    @pytest.mark.parametrize("what", ["index", "shard"])
    @pytest.mark.parametrize("kind", ["fifo", "/dev/zero", "/proc/kmsg", "/proc/self/environ", "folder", "nowhere"])
    def test_odd_files_in_their_place(self, tiny_model_folder, what, kind):
        first = split(tiny_model_folder)[0]
        file = first if what == "shard" else tiny_model_folder / INDEX
        file.unlink()
        if kind == "fifo":
            os.mkfifo(file)
        elif kind == "folder":
            file.mkdir()
        else:
            file.symlink_to(kind)
        refused(tiny_model_folder, file.name)

    @pytest.mark.parametrize(
        "table",
        [{}, [], None, {str(k): "a.safetensors" for k in range(20_001)}],
        ids=["empty", "list", "null", "long"],
    )
    def test_no_table(self, tiny_model_folder, table):
        split(tiny_model_folder)
        (tiny_model_folder / INDEX).write_text(json.dumps({"weight_map": table}), encoding="utf-8")
        refused(tiny_model_folder, 'has no "weight_map" of 1..20000 tensors')

    def test_too_many_files(self, tiny_model_folder):
        split(tiny_model_folder)
        table = {str(k): f"{k}.safetensors" for k in range(MAX_SHARDS + 1)}
        (tiny_model_folder / INDEX).write_text(json.dumps({"weight_map": table}), encoding="utf-8")
        refused(tiny_model_folder, "names more than 1000 files")

    def test_a_tensor_that_lies_in_another_file_than_the_index_says(self, tiny_model_folder):
        split(tiny_model_folder)
        index = json.loads((tiny_model_folder / INDEX).read_text(encoding="utf-8"))
        names = sorted(set(index["weight_map"].values()))
        wrong = next(name for name in names if name != index["weight_map"]["conv_in.weight"])
        index["weight_map"]["conv_in.weight"] = wrong
        (tiny_model_folder / INDEX).write_text(json.dumps(index), encoding="utf-8")
        refused(tiny_model_folder, f"{wrong}: lacks conv_in.weight, which tiny/unet/diffusion_pytorch_model")
