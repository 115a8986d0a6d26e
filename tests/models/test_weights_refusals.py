"""Weights that must not load: broken, absurd, not fitting, not finite, or pickled."""

from __future__ import annotations

import json
import os
import pickle
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from model_files import CONFIG, LFS_POINTER, WEIGHTS, edit, edit_weights, refused
from safetensors.torch import load_file

from diffviz.models import ModelError, load_model
from diffviz.models.weights import MAX_HEADER_BYTES


def write_header(path, header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)


class TestWeights:
    @pytest.mark.parametrize("keep", [0, 5, 8, 100, -1, -1000])
    def test_truncated(self, tiny_model_folder, keep):
        path = tiny_model_folder / WEIGHTS
        data = path.read_bytes()
        path.write_bytes(data[:keep])
        refused(tiny_model_folder, "truncated")

    def test_too_long(self, tiny_model_folder):
        with (tiny_model_folder / WEIGHTS).open("ab") as file:
            file.write(b"more")
        refused(tiny_model_folder, "is longer than its header says")

    def test_an_lfs_pointer(self, tiny_model_folder):
        (tiny_model_folder / WEIGHTS).write_text(LFS_POINTER, encoding="utf-8")
        refused(tiny_model_folder, "is a Git LFS pointer, not the weights; run `git lfs pull`")

    def test_a_terabyte_by_header_alone(self, tiny_model_folder):
        entry = {"dtype": "F32", "shape": [2**38], "data_offsets": [0, 2**40]}
        write_header(tiny_model_folder / WEIGHTS, {"conv_in.weight": entry})
        refused(tiny_model_folder, "is truncated (0 bytes of data, 1099511627776 expected)")

    def test_a_terabyte_that_is_there(self, tiny_model_folder):
        path = tiny_model_folder / WEIGHTS
        tensors = {key: list(value.shape) for key, value in load_file(path).items()} | {"mid_block.extra": [2**38]}
        header, end = {}, 0
        for key, shape in tensors.items():
            size = 4 * int(torch.tensor(shape).prod())
            header[key] = {"dtype": "F32", "shape": shape, "data_offsets": [end, end + size]}
            end += size
        write_header(path, header)
        try:
            os.truncate(path, path.stat().st_size + end)  # a file with a hole: it takes no space
        except OSError:
            pytest.skip("this file system has no files of that size")
        refused(tiny_model_folder, "needs 1024 GiB as float32, this machine has")

    @pytest.mark.parametrize(
        ("header", "said"),
        [
            (b"not json", "(header): is not valid JSON"),
            (b"{}", "holds 0 tensors"),
            (b'{"a": [}', "(header): is not valid JSON"),
            ({"a": 7}, "broken header at a"),
            ({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}, "broken header at a"),
            ({"a": {"dtype": "F32", "shape": [1.5], "data_offsets": [0, 4]}}, "broken header at a"),
            ({"a": {"dtype": "F32", "shape": [True], "data_offsets": [0, 4]}}, "broken header at a"),
            ({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0]}}, "broken header at a"),
            ({"a": {"dtype": "F32", "shape": [2**60] * 8, "data_offsets": [0, 4]}}, "broken header at a"),
            ({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}, "does not have the size"),
            ({"a": {"dtype": "I2", "shape": [4], "data_offsets": [0, 4]}}, "stored as I2; save the weights as fp16"),
            ({"a": {"dtype": ["F32"], "shape": [1], "data_offsets": [0, 4]}}, "stored as ['F32']"),
            ({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}, "overlap or leave gaps"),
            ({k: {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]} for k in "ab"}, "overlap or leave gaps"),
            ({f"t{k}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for k in range(20_001)}, "20001 tensors"),
        ],
        ids=[str(k) for k in range(15)],
    )
    def test_broken_headers(self, tiny_model_folder, header, said):
        write_header(tiny_model_folder / WEIGHTS, header, data=b"\0" * 4)
        refused(tiny_model_folder, said)

    def test_a_header_larger_than_any_network_needs(self, tiny_model_folder):
        path = tiny_model_folder / WEIGHTS
        write_header(path, b"{}", length=MAX_HEADER_BYTES + 1)
        os.truncate(path, 2 * MAX_HEADER_BYTES)
        refused(tiny_model_folder, "its header claims")

    def test_a_missing_tensor_that_only_the_whole_comparison_sees(self, tiny_model_folder):
        edit_weights(tiny_model_folder, lambda tensors: tensors.pop("time_embedding.linear_1.bias"))
        refused(tiny_model_folder, "lacks time_embedding.linear_1.bias")

    def test_several_missing_tensors_are_counted(self, tiny_model_folder):
        def change(tensors):
            for key in [key for key in tensors if key.startswith("mid_block")]:
                del tensors[key]

        edit_weights(tiny_model_folder, change)
        assert re.search(r"lacks mid_block\.\S+ and \d+ more", refused(tiny_model_folder))

    @pytest.mark.parametrize("key", ["mid_block.other", "conv_in.lora_A.weight", "up_blocks.7.resnets.0.conv1.weight"])
    def test_an_unknown_layer(self, tiny_model_folder, key):
        edit_weights(tiny_model_folder, lambda tensors: tensors.update({key: torch.zeros(1)}))
        refused(tiny_model_folder, f"has unknown {key}, compared with tiny/unet/config.json")

    @pytest.mark.parametrize("dtype", [torch.int64, torch.int8, torch.bool, torch.float8_e4m3fn])
    @pytest.mark.parametrize("key", ["conv_in.weight", "time_embedding.linear_2.bias"])
    def test_a_weight_that_is_stored_as_no_float(self, tiny_model_folder, key, dtype):
        edit_weights(tiny_model_folder, lambda tensors: tensors.update({key: tensors[key].to(dtype)}))
        refused(tiny_model_folder, f"{key} is stored as ", "save the weights as fp16, bf16 or fp32")

    def test_a_wrong_shape(self, tiny_model_folder):
        edit_weights(tiny_model_folder, lambda tensors: tensors.update({"conv_norm_out.bias": torch.zeros(9)}))
        refused(tiny_model_folder, "conv_norm_out.bias is 9, tiny/unet/config.json asks for 8")

    @pytest.mark.parametrize("value", [float("nan"), float("inf")])
    @pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
    def test_weights_that_are_not_finite(self, tiny_model_folder, value, dtype):
        def change(tensors):
            for key in tensors:
                tensors[key] = tensors[key].to(dtype)
            tensors["conv_out.bias"][1] = value

        edit_weights(tiny_model_folder, change)
        refused(tiny_model_folder, "conv_out.bias holds values that are not finite", "earlier checkpoint")

    def test_nothing_heavy_happens_before_the_cheap_checks(self, tiny_model_folder):
        edit(tiny_model_folder / CONFIG, block_out_channels=[8192, 8192])
        script = (
            "import sys; from diffviz.models import load_model, ModelError\n"
            f"try: load_model({str(tiny_model_folder)!r})\n"
            "except ModelError: print('diffusers' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "False"


class Payload:
    """What a hostile pickle does when it is opened."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return (Path.touch, (Path(self.mark),))


class TestPickles:
    NAME = "diffusion_pytorch_model.bin"

    @pytest.mark.parametrize("name", [NAME, "pytorch_model.pt", "model.ckpt", "model.PTH"])
    def test_only_a_pickle(self, tiny_model_folder, name):
        mark = tiny_model_folder / "executed"
        (tiny_model_folder / WEIGHTS).unlink()
        (tiny_model_folder / "unet" / name).write_bytes(pickle.dumps(Payload(mark)))
        message = refused(tiny_model_folder, f"{name} is a pickle", "weights_only=True", "save_file")
        assert message.startswith("tiny/unet: ")
        assert not mark.exists()

    def test_a_pickle_under_the_name_of_safetensors(self, tiny_model_folder):
        path = tiny_model_folder / WEIGHTS
        torch.save(load_file(path), path)
        refused(tiny_model_folder, "is a pickle under a wrong name; rename it to .bin")

    def test_a_folder_of_nothing_but_a_pickle(self, tmp_path):
        torch.save({}, tmp_path / self.NAME)
        refused(tmp_path, "is a pickle", "config.json is missing")

    def test_a_pickle_instead_of_a_folder(self, tiny_model_folder):
        path = tiny_model_folder / "model.ckpt"
        torch.save({}, path)
        with pytest.raises(ModelError, match=r"^tiny/model\.ckpt is a pickle"):
            load_model(path)

    @pytest.mark.skipif(os.name == "nt", reason="the line is for a POSIX shell here, for cmd there")
    def test_the_line_in_the_refusal_converts_it(self, tiny_model_folder, monkeypatch):
        folder = tiny_model_folder.parent / """it's $(touch executed) `touch executed` "é"""
        shutil.copytree(tiny_model_folder, folder)
        monkeypatch.chdir(tiny_model_folder.parent)
        torch.save(load_file(folder / WEIGHTS), folder / WEIGHTS.with_name(self.NAME))
        (folder / WEIGHTS).unlink()
        command = refused(folder).split("convert it once with: ")[1].replace("python", sys.executable, 1)
        subprocess.run(command, shell=True, check=True)
        assert load_model(folder).sample_shape == (3, 8, 8)
        assert not Path("executed").exists()
