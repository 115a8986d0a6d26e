"""Folders whose JSON must not load: each is refused in one line that begins with its name and says what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from model_files import CONFIG, INDEX, LFS_POINTER, SCHEDULER, WEIGHTS, edit, refused

from diffviz.bounded import MAX_BYTES
from diffviz.models import ModelError, load_model


class TestJson:
    @pytest.mark.parametrize("path", [CONFIG, INDEX, SCHEDULER, Path("diffviz.json")], ids=str)
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "is not valid JSON"),
            ("{", "is not valid JSON (Expecting property name"),
            ("[1, 2]", "holds a JSON list, expected an object"),
            ("7", "holds a JSON int"),
            ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deep"),
            ('{"a": ' + "9" * 5000 + "}", 'has "a": a whole number of 5000 digits'),
            (LFS_POINTER, "is a Git LFS pointer, not the file itself; run `git lfs pull`"),
            ('{"a": "' + "x" * MAX_BYTES + '"}', "is too large (over 1 MiB)"),
            (b'{"a": "\xff"}', "is not valid JSON"),
        ],
        ids=["empty", "cut", "list", "number", "deep", "digits", "lfs", "huge", "latin1"],
    )
    def test_broken(self, tiny_model_folder, path, text, said):
        (tiny_model_folder / path).write_bytes(text if isinstance(text, bytes) else text.encode())
        assert refused(tiny_model_folder, said).startswith(f"tiny/{path.as_posix()}: ")

    @pytest.mark.parametrize("path", [CONFIG, INDEX, Path("diffviz.json")], ids=str)  # a scheduler's key decides
    @pytest.mark.parametrize("word", ["NaN", "-Infinity"])
    def test_not_finite(self, tiny_model_folder, path, word):
        (tiny_model_folder / path).write_text(f'{{"a": {word}}}', encoding="utf-8")
        assert refused(tiny_model_folder, f'has "a": {word}, which is no JSON').startswith(f"tiny/{path.as_posix()}: ")

    @pytest.mark.parametrize("path", [CONFIG, INDEX, SCHEDULER, WEIGHTS, Path("diffviz.json")], ids=str)
    @pytest.mark.parametrize("kind", ["fifo", "folder", "dangling", "loop", "device", "kernel", "unreadable"])
    def test_odd_files(self, tiny_model_folder, path, kind):
        path = tiny_model_folder / path
        path.unlink()
        if kind == "fifo":
            os.mkfifo(path)
        elif kind == "folder":
            path.mkdir()
        elif kind == "dangling":
            path.symlink_to(tiny_model_folder / "nowhere")
        elif kind == "loop":
            path.symlink_to(path)
        elif kind == "device":
            path.symlink_to("/dev/zero")
        elif kind == "kernel":
            path.symlink_to("/proc/kmsg")  # calls itself a regular file, and waits for the next message when it is read
        else:
            path.touch(mode=0)
            if os.access(path, os.R_OK):
                pytest.skip("this user can read everything")
        refused(tiny_model_folder)

    @pytest.mark.parametrize("path", [CONFIG, WEIGHTS], ids=str)
    def test_missing(self, tiny_model_folder, path):
        (tiny_model_folder / path).unlink()
        refused(tiny_model_folder, "is missing" if path == CONFIG else "has no weights; expected diffusion_pytorch_")

    def test_control_characters_do_not_reach_the_terminal(self, tiny_model_folder):
        edit(tiny_model_folder / CONFIG, _class_name="UNet\x1b[31m\nsecond line")
        assert "\x1b" not in refused(tiny_model_folder)


class TestCode:
    MARK = "from pathlib import Path; Path('executed').touch()"

    @pytest.fixture
    def folder(self, tiny_model_folder, monkeypatch):
        """Modules that betray it if anything imports them, in every place where that could happen."""
        monkeypatch.chdir(tiny_model_folder)
        for place in (tiny_model_folder, tiny_model_folder / "unet"):
            for name in ("pipeline.py", "my_unet.py", "modeling.py", "__init__.py"):
                (place / name).write_text(self.MARK, encoding="utf-8")
        yield tiny_model_folder
        assert not Path("executed").exists()

    @pytest.mark.parametrize(
        "entry",
        [
            {"_class_name": ["pipeline", "MyPipeline"]},
            {"unet": ["my_unet", "MyUNet"]},
            {"scheduler": ["pipeline", "MyScheduler"]},
            {"extra": ["modeling", "Extra"]},
            {"custom_pipeline": "pipeline"},
            {"auto_map": {"AutoModel": "modeling.Net"}},
            {"_module": "modeling"},
        ],
        ids=str,
    )
    def test_in_the_index(self, folder, entry):
        edit(folder / INDEX, **entry)
        refused(folder, "asks for code of its own", "never runs")

    @pytest.mark.parametrize("path", [CONFIG, SCHEDULER], ids=str)
    @pytest.mark.parametrize(
        "entry",
        [
            {"_class_name": ["my_unet", "MyUNet"]},
            {"auto_map": {"AutoModel": "my_unet.MyUNet"}},
            {"_module": "my_unet"},
        ],
        ids=str,
    )
    def test_in_a_part(self, folder, path, entry):
        edit(folder / path, **entry)
        refused(folder, "asks for code of its own")

    def test_python_files_beside_a_good_model_are_left_alone(self, folder):
        assert load_model(folder).sample_shape == (3, 8, 8)


class TestOtherPipelines:
    @pytest.mark.parametrize(
        ("entry", "said"),
        [
            ({"vae": ["diffusers", "AutoencoderKL"]}, "latent pipeline (vae)"),
            ({"vqvae": ["diffusers", "VQModel"]}, "latent pipeline (vqvae)"),
            ({"unet": ["diffusers", "UNet2DConditionModel"]}, "has a UNet2DConditionModel"),
            ({"unet": ...}, "has no unet"),
            ({"unet": [None, None]}, "has no unet"),
            ({"text_encoder": ["transformers", "CLIPTextModel"]}, "also needs text_encoder"),
            ({"unet": ["diffusers"]}, 'expected ["library", "class"]'),
            ({"unet": [["diffusers"], 3]}, 'expected ["library", "class"]'),
        ],
        ids=str,
    )
    def test_said_by_the_index(self, tiny_model_folder, entry, said):
        edit(tiny_model_folder / INDEX, **entry)
        assert refused(tiny_model_folder, said).startswith("tiny/model_index.json: ")

    def test_an_empty_folder(self, tmp_path):
        refused(tmp_path, "holds neither model_index.json nor config.json", "choose a diffusers folder")

    def test_a_run_with_checkpoints_in_it_that_hold_no_network(self, tmp_path):
        (tmp_path / "checkpoint-500").mkdir()
        refused(tmp_path, "holds training checkpoints without a network; choose a folder with unet/ in it")

    def test_a_lone_vae(self, tmp_path):
        (tmp_path / "vae").mkdir()
        refused(tmp_path, "latent pipeline")


class TestConfig:
    @pytest.mark.parametrize(
        ("entry", "said"),
        [
            ({"_class_name": "UNet2DConditionModel"}, "describes UNet2DConditionModel"),
            ({"_class_name": "UNet2DConditionModel"}, "choose a UNet2DModel, or a model with words of its own"),
            ({"_class_name": ...}, "describes None"),
            ({"_class_name": "os.system"}, "describes os.system"),
            ({"layers_per_block": 20_000}, '"layers_per_block": 20000, expected a whole number in 1..32'),
            ({"layers_per_block": 0}, '"layers_per_block": 0'),
            ({"layers_per_block": 2}, "lacks down_blocks.0.resnets.1.conv1.weight, which tiny/unet/config.json asks"),
            ({"layers_per_block": ...}, 'lacks "layers_per_block"'),
            ({"block_out_channels": [8] * 20_000}, '"block_out_channels"'),
            ({"block_out_channels": [10**9, 10**9]}, '"block_out_channels"'),
            ({"block_out_channels": [8192, 8192]}, "conv_in.weight is 8x3x3x3, tiny/unet/config.json asks for 8192x"),
            ({"block_out_channels": [8, 8192]}, "down_blocks.1.resnets.0.conv1.weight is 8x8x3x3"),
            ({"block_out_channels": [8, -8]}, '"block_out_channels"'),
            ({"block_out_channels": [8, True]}, '"block_out_channels"'),
            ({"block_out_channels": [8]}, "differ in length"),
            ({"block_out_channels": []}, '"block_out_channels"'),
            ({"block_out_channels": 8}, '"block_out_channels"'),
            ({"in_channels": 0}, '"in_channels"'),
            ({"in_channels": 4}, "conv_in.weight is 8x3x3x3"),
            ({"out_channels": 6}, "conv_out.weight is 3x8x3x3"),
            ({"sample_size": 10**12}, '"sample_size": 1000000000000, expected a whole number in 1..2048'),
            ({"sample_size": 0}, '"sample_size": 0'),
            ({"sample_size": 512}, "attention among 65,536 places of a picture, at most 16,384"),
            ({"sample_size": [8, 8, 8]}, '"sample_size"'),
            ({"sample_size": 8.0}, '"sample_size": 8.0'),
            ({"sample_size": 7}, "7x7 does not pass through the network; height and width must be multiples of 2"),
            ({"down_block_types": ["CrossAttnDownBlock2D"] * 2}, '"down_block_types"'),
            ({"down_block_types": ["DownBlock2D", "DownBlock2D"]}, "has unknown down_blocks.1.attentions.0."),
            ({"up_block_types": [["UpBlock2D"], "UpBlock2D"]}, '"up_block_types"'),
            ({"attention_head_dim": 0}, '"attention_head_dim": 0'),
            ({"norm_num_groups": 3}, "does not make a working UNet2DModel"),
            ({"norm_num_groups": 0}, '"norm_num_groups": 0'),
            ({"act_fn": "__import__('os')"}, '"act_fn"'),
            ({"dropout": "much"}, '"dropout"'),
            ({"norm_eps": 1e999}, '"norm_eps": 1e999'),
            ({"num_class_embeds": 10**12}, '"num_class_embeds"'),
            ({"num_class_embeds": 5}, "class_embedding.weight is 4x32, tiny/unet/config.json asks for 5x32"),
            ({"num_class_embeds": None}, "has unknown class_embedding.weight"),
            ({"class_embed_type": "timestep"}, '"class_embed_type"'),
            ({"time_embedding_type": "fourier"}, "conditioned on σ"),
            ({"time_embedding_type": "learned"}, "does not make a working UNet2DModel"),
            ({"time_embedding_dim": 64}, "class_embedding.weight is 4x32"),
            ({"num_train_timesteps": 50}, "knows 50 levels, its scheduler has 100"),
            ({"quantization_config": {"load_in_8bit": True}}, "quantized"),
        ],
        ids=str,
    )
    def test_absurd_or_wrong(self, tiny_model_folder, entry, said):
        path = tiny_model_folder / CONFIG
        # json.dumps would write Infinity; 1e999 is the number that a file can hold
        edit(path, **entry)
        path.write_text(path.read_text(encoding="utf-8").replace("Infinity", "1e999"), encoding="utf-8")
        refused(tiny_model_folder, said)

    def test_bookkeeping_of_other_versions_is_no_fault(self, tiny_model_folder):
        edit(tiny_model_folder / CONFIG, decay=0.9999, optimization_step=7, use_ema_warmup=True, new_option=[1])
        assert load_model(tiny_model_folder).sample_shape == (3, 8, 8)

    @pytest.mark.parametrize(
        ("entry", "said"),
        [
            ({"null_class": 4}, "null_class = 4 is no whole number in 0..3"),
            ({"null_class": "3"}, "null_class = 3 is no whole number"),
            ({"class_names": ["a", "a"]}, "all different"),
            ({"class_names": ["a", 7]}, "class_names are texts"),
            ({"class_names": "abc"}, "class_names are texts"),
            ({"class_names": list("abcde")}, "class_names has 5 names, the network knows 4"),
        ],
        ids=str,
    )
    def test_class_names_that_do_not_fit(self, tiny_model_folder, entry, said):
        edit(tiny_model_folder / "diffviz.json", **entry)
        assert refused(tiny_model_folder, said).startswith("tiny/diffviz.json: ")


class TestNames:
    def test_a_file(self, tiny_model_folder):
        with pytest.raises(ModelError, match=r"^diffusion_pytorch_model\.safetensors: is not a folder; choose the one"):
            load_model(tiny_model_folder / WEIGHTS)

    def test_a_pipe(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ModelError, match=r"^pipe: is not a folder; choose the one"):
            load_model(tmp_path / "pipe")

    @pytest.mark.parametrize("name", ["", "nothing-here", "/no/such/folder", "a\0b", "x" * 5000, "a/b/c", "\n"])
    def test_nothing(self, name):
        with pytest.raises(ModelError, match=r"is no folder; choose a model's folder, a hub id or a shipped model"):
            load_model(name)

    def test_a_folder_that_may_not_be_read(self, tmp_path):
        (tmp_path / "locked").mkdir(mode=0)
        if os.access(tmp_path / "locked", os.R_OK):
            pytest.skip("this user can read everything")
        refused(tmp_path / "locked", "cannot be read")
