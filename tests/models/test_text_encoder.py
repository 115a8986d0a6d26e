"""Networks that a text encoder tells: against diffusers and transformers by hand, and what is refused."""

from __future__ import annotations

import base64
import json
import shutil

import pytest
import torch
from model_files import INDEX, edit, refused
from text_model import LENGTH, WIDTH, clip_tokenizer, write_clip, write_t5
from torch.testing import assert_close
from transformers import CLIPTokenizer

from diffviz.models import ModelError, load_model
from diffviz.models.attention import word_attention
from diffviz.models.text_encoder import KEPT
from diffviz.models.traced import Forward

WRITERS = {"clip": write_clip, "t5": write_t5}
LONG = "red hat " * 20


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Read only."""
    root = tmp_path_factory.mktemp("texts")
    return {kind: write(root / kind) for kind, write in WRITERS.items()}


@pytest.fixture(scope="module")
def models(made):
    return {kind: load_model(folder) for kind, folder in made.items()}


@pytest.fixture(params=WRITERS)
def kind(request):
    return request.param


@pytest.fixture
def model(models, kind):
    return models[kind]


@pytest.fixture
def folder(made, tmp_path):
    return shutil.copytree(made["clip"], tmp_path / "told")


X = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(3))


def by_hand(folder, kind, prompt):
    """The network's output at timestep 59, of what transformers and diffusers load themselves."""
    from diffusers import UNet2DConditionModel
    from transformers import CLIPTextModel, T5EncoderModel, T5Tokenizer

    unet = UNet2DConditionModel.from_pretrained(folder, subfolder="unet").eval()
    if kind == "clip":
        tokenizer, encoder = clip_tokenizer(), CLIPTextModel.from_pretrained(folder, subfolder="text_encoder").eval()
        given = tokenizer(prompt, padding="max_length", max_length=LENGTH, truncation=True, return_tensors="pt")
        hidden, mask = encoder(given.input_ids)[0], None
    else:
        tokenizer = T5Tokenizer.from_pretrained(folder / "tokenizer")
        encoder = T5EncoderModel.from_pretrained(folder, subfolder="text_encoder").eval()
        # nobody looks at padding, so its length is of no account
        given = tokenizer(prompt, padding="max_length", max_length=256, truncation=True, return_tensors="pt")
        mask = given.attention_mask
        hidden = encoder(given.input_ids, attention_mask=mask)[0]
        mask = mask.bool().expand(2, -1)
    with torch.no_grad():
        return unet(X, 59, hidden.expand(2, -1, -1), encoder_attention_mask=mask).sample


@pytest.mark.parametrize("prompt", ["red hat", "", "a Cat, red hat!", LONG])
def test_the_network_is_told_what_diffusers_tells_it(made, model, kind, prompt):
    told = model.condition(prompt).expand(2, -1, -1)
    expected = by_hand(made[kind], kind, prompt)
    assert_close(model.run_network(X, torch.full((2,), 59), told), expected, rtol=1e-4, atol=1e-5)
    assert_close(model.denoiser(prompt)(X, 60).eps_hat, expected, rtol=1e-4, atol=1e-5)


def test_guidance_goes_on_from_the_empty_prompt(made, model, kind):
    cond, null = (by_hand(made[kind], kind, prompt) for prompt in ("red hat", ""))
    assert (cond - null).abs().max() > 1e-3
    expected = null + 3 * (cond - null)
    assert_close(model.denoiser("red hat", 3.0)(X, 60).eps_hat, expected, rtol=1e-3, atol=1e-4)
    blended = model.denoiser("red hat", blended_with="", blend=0.25)(X, 60).eps_hat
    assert_close(blended, torch.lerp(cond, null, 0.25), rtol=1e-3, atol=1e-4)


def test_it_is_a_model_of_pictures_that_is_told_any_word(model):
    assert model.sample_shape == (3, 16, 16) and model.class_names == () and model.words.phrases == ()
    assert model.words.objection("zebra, Quagga") == "" and not model.words.loses("zebra")
    assert Forward(model.network, model.sample_shape).is_recorded


def test_a_prompt_is_encoded_once(model, monkeypatch):
    first = model.condition("hat")
    monkeypatch.setattr(model.encoder, "module", None)
    assert torch.equal(model.condition("hat"), first)


def test_of_many_prompts_the_last_are_remembered(models):
    encoder = models["clip"].encoder
    for k in range(KEPT + 5):
        models["clip"].condition(f"hat {k}")
    assert len(encoder._made) == KEPT


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("red hat, a cat", ["red", "hat", "a", "cat"]),
        ("  don't  (red)", ["don't", "red"]),
        ("!?", ["!?"]),
        ("", []),
        ("é 猫 🙂", ["é", "猫", "🙂"]),
    ],
)
def test_each_word_can_be_left_out_and_has_its_tokens(model, prompt, words):
    known = model.words
    assert [" ".join(phrase) for phrase in known.read(prompt).phrases] == words
    places = known.places(prompt)
    assert len(places) == len(words) and len({k for place in places for k in place}) == sum(map(len, places))
    assert [len(known.read(known.without(prompt, k)).phrases) for k in range(len(words))] == [len(words) - 1] * len(
        words
    )


def test_what_is_left_out_is_what_was_typed(models):
    words = models["clip"].words
    assert words.without("a red hat, cat", 1) == "a hat, cat"
    assert words.places("red hat, cat") == ((1,), (2,), (4, 5, 6))  # behind the mark of its beginning


def test_what_is_no_letter_is_read_as_a_question_mark(model):
    """A terminal hands on the bytes of another encoding so."""
    assert model.words.encode("red \udcff hat") == model.words.encode("red ? hat")


def test_how_many_words_do_not_fit_is_said(models):
    words = models["clip"].words
    assert len(words.read(LONG).phrases) == LENGTH - 2 and words.read(LONG).left_out == 40 - (LENGTH - 2)
    assert words.objection(LONG) == "a prompt has at most 16 tokens: its last 26 words are left out"
    assert words.loses(LONG) and "its last 1 word is left out" in words.objection("red " * 15)
    assert len(words.places(LONG)) == LENGTH - 2


def test_attention_is_that_of_each_token(models):
    model = models["clip"]
    told = torch.cat([model.condition(prompt) for prompt in ("red hat", "cat")])
    shares = word_attention(model.network, X, torch.tensor([40, 40]), told)
    assert shares.shape == (2, LENGTH, 16, 16)
    assert_close(shares.sum(dim=1), torch.ones(2, 16, 16))


def test_nobody_looks_at_the_padding_of_t5(models):
    shares = word_attention(models["t5"].network, X[:1], torch.tensor([40]), models["t5"].condition("red hat"))
    assert shares[:, 3:].max() == 0 and shares[:, :3].min() > 0


def test_another_text_encoder_is_another_model(models, folder):
    with torch.no_grad():
        from safetensors.torch import load_file, save_file

        path = folder / "text_encoder" / "model.safetensors"
        tensors = load_file(path)
        save_file({key: value * 1.5 for key, value in tensors.items()}, path)
    assert load_model(folder).fingerprint != models["clip"].fingerprint


def test_weights_of_older_versions_open(models, folder):
    """There each name begins with the model's, and the positions are counted in the file."""
    from safetensors.torch import load_file, save_file

    path = folder / "text_encoder" / "model.safetensors"
    tensors = {f"text_model.{key}": value.half() for key, value in load_file(path).items()}
    save_file({**tensors, "text_model.embeddings.position_ids": torch.arange(LENGTH)[None]}, path)
    condition = load_model(folder).condition("red hat")
    assert_close(condition, models["clip"].condition("red hat"), rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("part", ["unet", "."])
def test_its_network_finds_the_text_encoder_beside_it(models, folder, part):
    (folder / "model_index.json").unlink()
    opened = load_model(folder / part if part == "unet" else folder)
    assert torch.equal(opened.condition("red hat"), models["clip"].condition("red hat"))


def test_a_class_is_no_text(model):
    with pytest.raises(ModelError, match="told words, not classes; give a prompt such as 'a red hat"):
        model.denoiser(3)
    with pytest.raises(ModelError, match=rf"what its text encoder says, \(B, \d+, {WIDTH + 1}\)"):
        model.denoiser(torch.zeros(1, 4, 4))


@pytest.mark.parametrize(
    ("version", "said"), [(None, "transformers is missing"), ("4.57.1", "transformers 4.57.1 is too old")]
)
def test_without_transformers_the_extra_is_named(folder, monkeypatch, version, said):
    """An older one makes no tokenizer of numbers alone, which is not the folder's fault."""
    import importlib.metadata as metadata

    known = metadata.version

    def there(name):
        if name != "transformers":
            return known(name)
        if version is None:
            raise metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr(metadata, "version", there)
    refused(folder, f"the package {said}", 'pip install "diffviz[text]"')


ENCODER, TOKENIZER = "text_encoder/config.json", "tokenizer/tokenizer_config.json"


@pytest.mark.parametrize(
    ("file", "changes", "said"),
    [
        (
            INDEX,
            {"text_encoder": ["transformers", "BertModel"]},
            "has a BertModel as text_encoder; diffviz knows CLIPText",
        ),
        (INDEX, {"tokenizer": ["transformers", "BertTokenizer"]}, "has a BertTokenizer as tokenizer"),
        (INDEX, {"text_encoder": ["my_code", "Encoder"]}, "asks for code of its own"),
        (INDEX, {"vae": ["diffusers", "AutoencoderKL"]}, "is a latent pipeline (vae)"),
        (INDEX, {"text_encoder_2": ["transformers", "CLIPTextModel"]}, "also needs text_encoder_2"),
        (ENCODER, {"architectures": ["BertModel"]}, "the text encoders that diffviz knows are CLIPTextModel and T5Enc"),
        (ENCODER, {"auto_map": {"AutoModel": "code.Model"}}, "asks for code of its own (auto_map"),
        (ENCODER, {"quantization_config": {}}, "describes quantized weights"),
        (ENCODER, {"hidden_size": 32}, "makes encodings of 32 numbers"),
        (ENCODER, {"hidden_size": 10**9}, "expected a whole number in 1..16384"),
        (ENCODER, {"num_attention_heads": 5}, "no multiple of num_attention_heads"),
        (ENCODER, {"hidden_act": "os.system"}, "expected one of quick_gelu"),
        (ENCODER, {"vocab_size": 150}, "knows 150 tokens, its tokenizer has 194"),
        (ENCODER, {"num_hidden_layers": 3}, "lacks encoder.layers.2."),
        (ENCODER, {"intermediate_size": 48}, "the two files do not belong together"),
        (TOKENIZER, {"auto_map": {"AutoTokenizer": ["code.T", None]}}, "asks for code of its own (auto_map"),
        (TOKENIZER, {"pad_token": "<nothing>"}, "makes no tokenizer (it lacks <nothing>)"),
        (TOKENIZER, {"pad_token": None}, "names no token as padding"),
        (TOKENIZER, {"model_max_length": 2}, "leave no room for a word"),
        (TOKENIZER, {"model_max_length": "many"}, 'has "model_max_length": many'),
        (
            "unet/config.json",
            {"in_channels": 4},
            "expected 1 or 3, as pictures have; diffviz opens models of pixels only",
        ),
        ("unet/config.json", {"addition_embed_type": "text"}, 'has "addition_embed_type": text, expected null'),
        ("unet/config.json", {"encoder_hid_dim_type": "text_proj"}, "expected null"),
    ],
)
def test_what_does_not_fit_is_refused(folder, file, changes, said):
    edit(folder / file, **changes)
    refused(folder, said)


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("tokenizer", "no tokenizer/ beside it"),
        ("tokenizer/vocab.json", "tokenizer/vocab.json: is missing"),
        ("tokenizer/merges.txt", "tokenizer/merges.txt: is missing"),
        ("text_encoder", "reads the output of a text encoder, and none lies beside it"),
        ("text_encoder/config.json", "text_encoder/config.json: is missing"),
        ("text_encoder/model.safetensors", "text_encoder: has no weights"),
    ],
)
def test_what_is_missing_is_said(folder, missing, said):
    path = folder / missing
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    refused(folder, said)


def test_pickles_are_never_opened(folder):
    path = folder / "text_encoder" / "model.safetensors"
    path.rename(path.with_name("pytorch_model.bin"))
    refused(folder, "pytorch_model.bin is a pickle, which can run code and is never opened")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("tokenizer.json", "{}"),
        ("tokenizer.json", '{"version": "1.0", "model": {"type": "BPE", "vocab": {"a": -1}, "merges": [["b", "c"]]}}'),
        ("tokenizer.json", '{"model": {"vocab": {"a": 0}, "merges": []}}'),
        ("tokenizer.json", '{"model": {"vocab": {"a": 4294967295}, "merges": []}}'),
        ("tokenizer.json", "[" * 100),
        ("vocab.json", '{"a": "b"}'),
        ("vocab.json", "[1]"),
        ("merges.txt", "a\nb c d\n"),
        ("merges.txt", "nobody knows\n"),
    ],
)
def test_a_broken_tokenizer_is_refused(folder, file, text):
    (folder / "tokenizer" / file).write_text(text)
    refused(folder, f"tokenizer/{'vocab.json' if file == 'merges.txt' else file}")


@pytest.mark.parametrize("padding", ["<|endoftext|>", "!", {"__type": "AddedToken", "content": "!"}])
def test_texts_become_the_tokens_that_they_are_for_transformers(folder, padding):
    """Also where the padding can be typed."""
    edit(folder / TOKENIZER, pad_token=padding)
    words = load_model(folder).words
    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
    for prompt in ("red hat! Cat, !", "Don't, 8-bit  RED\that", "é 猫", "<|endoftext|> red", LONG):
        given = tokenizer(prompt, padding="max_length", max_length=LENGTH, truncation=True)
        assert words.encode(prompt) == [given.input_ids, [1] * LENGTH]


def test_of_tokenizer_json_the_vocabulary_is_taken_and_no_rule(models, folder):
    """A regular expression of a stranger's may run for hours."""
    clip_tokenizer().save_pretrained(folder / "tokenizer")
    assert load_model(folder).words == models["clip"].words
    endless = {"type": "Split", "pattern": {"Regex": "(a|aa)+$"}, "behavior": "Isolated", "invert": False}
    edit(folder / "tokenizer" / "tokenizer.json", pre_tokenizer=endless, normalizer=None, post_processor=None)
    words = load_model(folder).words
    assert words == models["clip"].words and words.objection("a" * 4000 + "b")


def test_a_token_of_a_million_letters_is_refused(made, kind, tmp_path):
    """A tree as deep as that ended the process when it was freed."""
    folder = shutil.copytree(made[kind], tmp_path / "told")
    path = folder / "tokenizer" / ("vocab.json" if kind == "clip" else "tokenizer.json")
    value = json.loads(path.read_text())
    if kind == "clip":
        value["a" * 10**6] = 7
    else:
        value["model"]["vocab"].append(["a" * 10**6, -1.0])
    path.write_text(json.dumps(value))
    refused(folder, "makes no tokenizer (it has a token of 1,000,000 letters, 1,000 are the most)")


def test_tokens_that_would_fill_memory_are_refused(made, tmp_path):
    """30 MiB of them took 11 GiB, a node for each letter."""
    folder = shutil.copytree(made["t5"], tmp_path / "told")
    path = folder / "tokenizer" / "tokenizer.json"
    value = json.loads(path.read_text())
    value["model"]["vocab"] += [[f"{k:04}" + "z" * 996, -1.0] for k in range(4200)]
    path.write_text(json.dumps(value))
    refused(folder, "its tokens have 4,200,0", "bytes, 4,194,304 are the most")


@pytest.mark.parametrize("table", ["AAAA", "no base64!", 5])
def test_a_broken_table_of_characters_is_refused(made, tmp_path, table):
    folder = shutil.copytree(made["t5"], tmp_path / "told")
    table = {"type": "Precompiled", "precompiled_charsmap": table}
    edit(folder / "tokenizer" / "tokenizer.json", normalizer={"type": "Sequence", "normalizers": [table]})
    refused(folder, "tokenizer/tokenizer.json: makes no tokenizer")


def test_a_prompt_that_a_broken_table_of_characters_cannot_read_is_refused(made, tmp_path):
    """It panics in Rust, which is no Exception and would end the thread that asked."""
    folder = shutil.copytree(made["t5"], tmp_path / "told")
    short = base64.b64encode((800).to_bytes(4, "little") + bytes(800) + b"abc\0").decode()  # for bytes up to 199
    normalizer = {"type": "Precompiled", "precompiled_charsmap": short}
    edit(folder / "tokenizer" / "tokenizer.json", normalizer=normalizer)
    words = load_model(folder).words
    for asked in (words.read, words.encode, words.places):
        with pytest.raises(ModelError, match="cannot read this prompt"):
            asked("red 猫")
    assert words.read("red hat").phrases == (("red",), ("hat",))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"relative_attention_num_buckets": 2}, "expected a whole number in 4..1024"),
        ({"relative_attention_max_distance": 8}, "is not above 8, a quarter of relative_attention_num_buckets"),
    ],
)
def test_distances_that_t5_cannot_tell_are_refused(made, tmp_path, changes, said):
    """Before a prompt divides by zero."""
    folder = shutil.copytree(made["t5"], tmp_path / "told")
    edit(folder / ENCODER, **changes)
    refused(folder, said)


def test_code_in_the_folder_is_never_run(folder):
    for part in ("unet", "text_encoder", "tokenizer", "."):
        for name in ("modeling.py", "pipeline.py", "__init__.py", "tokenization.py"):
            (folder / part / name).write_text("raise SystemExit('it ran')")
    assert load_model(folder).condition("red hat").shape == (1, LENGTH, WIDTH + 1)
    edit(folder / TOKENIZER, tokenizer_class="Other", tokenizer_file="/etc/passwd", vocab_file="/etc/passwd")
    assert load_model(folder).words.read("red hat").phrases


def test_no_limit_of_the_tokenizer_is_the_encoders(folder):
    edit(folder / TOKENIZER, model_max_length=int(1e30))
    assert load_model(folder).words.length == LENGTH
    assert json.loads((folder / TOKENIZER).read_text())["model_max_length"] == int(1e30)
