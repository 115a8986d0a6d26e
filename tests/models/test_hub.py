"""Hub ids: the cache first, then a download of JSON and safetensors alone, and words where there is no network."""

from __future__ import annotations

import hashlib
import http.server
import json
import shutil
import socket
import threading
from pathlib import Path
from urllib.parse import unquote

import huggingface_hub
import pytest
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

from diffviz.models import ModelError, hub, load_model

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty hub cache."""
    folder = tmp_path / "cache"
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(folder))
    return folder


@pytest.fixture
def answer(monkeypatch):
    """Let the hub's list of files be ``answer["do"]``: raise it, call it or return it."""
    box = {}

    def model_info(self, name, **_):
        if isinstance(box["do"], Exception):
            raise box["do"]
        return box["do"]()

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", model_info)
    return box


def put_in_cache(cache, folder, name="owner/tiny"):
    snapshot = cache / f"models--{name.replace('/', '--')}" / "snapshots" / COMMIT
    shutil.copytree(folder, snapshot)
    refs = snapshot.parent.parent / "refs"
    refs.mkdir()
    (refs / "main").write_text(COMMIT, encoding="utf-8")
    return snapshot


@pytest.mark.parametrize("online", [True, False])
def test_a_network_that_was_cached_alone_gets_its_scheduler(cache, tiny_model_folder, answer, monkeypatch, online):
    snapshot = put_in_cache(cache, tiny_model_folder)
    shutil.rmtree(snapshot / "scheduler")
    (snapshot / "model_index.json").unlink()
    downloaded = []
    answer["do"] = ConnectionError("offline")
    if online:
        monkeypatch.setattr(hub, "_download", lambda name: downloaded.append(name) or tiny_model_folder)
    assert hub.fetch("owner/tiny") == (tiny_model_folder if online else snapshot)
    assert downloaded == (["owner/tiny"] if online else [])


def test_the_cache_is_enough(cache, tiny_model_folder, answer):
    answer["do"] = AssertionError("the hub was asked")
    put_in_cache(cache, tiny_model_folder)
    model = load_model("owner/tiny")
    assert model.name == "owner/tiny"
    assert model.sample_shape == (3, 8, 8)


def test_faults_in_the_cache_are_told_by_the_id(cache, tiny_model_folder):
    (put_in_cache(cache, tiny_model_folder) / "unet" / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match=r"^owner/tiny/unet/config\.json: is not valid JSON"):
        load_model("owner/tiny")


def test_a_folder_wins_over_an_id(cache, tiny_model_folder, monkeypatch):
    monkeypatch.chdir(tiny_model_folder.parent.parent)
    assert load_model(f"{tiny_model_folder.parent.name}/tiny").name == "tiny"


def http_error(kind):
    """Without the response, whose library differs between versions of the hub's."""
    return kind.__new__(kind, "said by the hub")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (lambda: http_error(RepositoryNotFoundError), "neither a folder here nor a model on the hub"),
        (lambda: http_error(GatedRepoError), "only to people who were admitted"),
        (lambda: http_error(HfHubHTTPError), "answered with an error"),
        (lambda: OSError("Name or service not known"), "there is no network"),
        (lambda: TimeoutError("timed out"), "there is no network"),
    ],
)
def test_errors_are_said_in_words(answer, kind, said):
    answer["do"] = kind()
    with pytest.raises(ModelError) as caught:
        load_model("owner/tiny")
    assert str(caught.value).startswith("owner/tiny: ")
    assert said in str(caught.value)


def test_an_answer_that_never_comes_is_no_network(answer, monkeypatch):
    monkeypatch.setattr(hub, "TIMEOUT_S", 0.05)
    waiting = threading.Event()
    answer["do"] = waiting.wait
    with pytest.raises(ModelError, match=r"there is no network to ask the hub \(no answer\)"):
        load_model("owner/tiny")
    waiting.set()
    for thread in threading.enumerate():
        if thread.name == "diffviz-hub":
            thread.join(5)


class Hub(http.server.BaseHTTPRequestHandler):
    """As much of the hub as a download asks for: the list of files, and the files."""

    def log_message(self, *args):
        pass

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def answer(self):
        folder: Path = self.server.folder
        path = unquote(self.path.split("?")[0])
        files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
        if path.startswith("/api/models/owner/tiny/tree/"):
            entries = [
                {"type": "file", "path": f, "size": (folder / f).stat().st_size, "oid": self.etag(folder / f)}
                for f in files
            ]
            self.reply(json.dumps(entries).encode())
        elif path.startswith("/api/models/owner/tiny"):
            info = {"id": "owner/tiny", "sha": COMMIT, "siblings": [{"rfilename": f} for f in files]}
            self.reply(json.dumps(info).encode())
        elif path.startswith("/owner/tiny/resolve/") and path.split("/", 5)[5] in files:
            name = path.split("/", 5)[5]
            self.server.served.add(name)
            self.reply((folder / name).read_bytes(), ETag=f'"{self.etag(folder / name)}"')
        else:
            self.send_error(404)

    def etag(self, path):
        return hashlib.sha1(path.read_bytes()).hexdigest()

    def reply(self, body, **headers):
        self.send_response(200)
        for key, value in ({"X-Repo-Commit": COMMIT, "Content-Length": str(len(body))} | headers).items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


@pytest.fixture
def hub_server(tiny_model_folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.folder, server.served = tiny_model_folder, set()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def loaded(monkeypatch, cache):
    """What load_model("owner/tiny") says, with the hub at an address."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def load(endpoint, into=cache):
        constants = huggingface_hub.constants
        template = constants.HUGGINGFACE_CO_URL_TEMPLATE.removeprefix(constants.ENDPOINT)
        monkeypatch.setattr(constants, "ENDPOINT", endpoint)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", endpoint + template)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(into))
        huggingface_hub.close_session()
        try:
            return load_model("owner/tiny").summary
        except ModelError as error:
            return str(error)

    yield load
    huggingface_hub.close_session()


def test_a_download_takes_json_and_safetensors_alone_and_is_kept(hub_server, tiny_model_folder, loaded, tmp_path):
    (tiny_model_folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"pickle")
    (tiny_model_folder / "pipeline.py").write_text("raise SystemExit", encoding="utf-8")
    endpoint = f"http://127.0.0.1:{hub_server.server_port}"
    assert loaded(endpoint) == "8x8 RGB · v · linear 100 · clip · cpu"
    assert hub_server.served == {
        "model_index.json",
        "diffviz.json",
        "unet/config.json",
        "scheduler/scheduler_config.json",
        "unet/diffusion_pytorch_model.safetensors",
    }
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
        assert loaded(nowhere) == "8x8 RGB · v · linear 100 · clip · cpu"
        assert "owner/tiny: is no folder here and not in the hub's cache" in loaded(nowhere, tmp_path / "other")


def test_of_texts_encoder_and_tokenizer_are_downloaded_too(hub_server, loaded, cache, tmp_path):
    write_clip = pytest.importorskip("text_model").write_clip
    hub_server.folder = folder = write_clip(tmp_path / "texts")
    (folder / "text_encoder" / "pytorch_model.bin").write_bytes(b"pickle")
    (folder / "tokenizer" / "tokenizer.py").write_text("raise SystemExit", encoding="utf-8")
    endpoint = f"http://127.0.0.1:{hub_server.server_port}"
    assert loaded(endpoint) == "16x16 RGB · ε · linear 100 · clip · cpu"
    assert hub_server.served == {
        "model_index.json",
        *("unet/config.json", "unet/diffusion_pytorch_model.safetensors", "scheduler/scheduler_config.json"),
        *("text_encoder/config.json", "text_encoder/model.safetensors"),
        *("tokenizer/tokenizer_config.json", "tokenizer/vocab.json", "tokenizer/merges.txt"),
    }
    hub_server.served.clear()
    assert loaded(endpoint) == "16x16 RGB · ε · linear 100 · clip · cpu" and not hub_server.served
    (snapshot,) = (cache / "models--owner--tiny" / "snapshots").iterdir()
    (snapshot / "tokenizer" / "merges.txt").unlink()  # another program fetched less
    assert loaded(endpoint) == "16x16 RGB · ε · linear 100 · clip · cpu"


def test_what_tells_no_text_is_not_downloaded(hub_server, loaded, tmp_path):
    write_clip = pytest.importorskip("text_model").write_clip
    hub_server.folder = folder = write_clip(tmp_path / "texts")
    path = folder / "text_encoder" / "config.json"
    said = json.loads(path.read_text(encoding="utf-8")) | {"architectures": ["BertModel"]}
    path.write_text(json.dumps(said), encoding="utf-8")
    endpoint = f"http://127.0.0.1:{hub_server.server_port}"
    assert "text encoders that diffviz knows are CLIPTextModel and T5EncoderModel" in loaded(endpoint)
    path.write_text(json.dumps(said | {"architectures": ["CLIPTextModel"]}), encoding="utf-8")
    (folder / "tokenizer" / "merges.txt").unlink()
    assert "has no tokenizer that diffviz reads" in loaded(endpoint, tmp_path / "other")
    assert not any(name.endswith(".safetensors") for name in hub_server.served)


def test_what_json_already_refuses_is_not_downloaded(hub_server, tiny_model_folder, loaded):
    index = json.loads((tiny_model_folder / "model_index.json").read_text(encoding="utf-8"))
    index["vae"] = ["diffusers", "AutoencoderKL"]
    (tiny_model_folder / "model_index.json").write_text(json.dumps(index), encoding="utf-8")
    said = loaded(f"http://127.0.0.1:{hub_server.server_port}")
    assert said.startswith("owner/tiny/model_index.json: is a latent pipeline")
    assert not any(name.endswith(".safetensors") for name in hub_server.served)


def test_a_repository_of_pickles_is_refused(hub_server, tiny_model_folder, loaded):
    weights = tiny_model_folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    said = loaded(f"http://127.0.0.1:{hub_server.server_port}")
    assert said.startswith("owner/tiny: has only pickled weights (unet/diffusion_pytorch_model.bin)")


def test_an_address_that_does_not_exist_is_no_network(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "https://hub.invalid")
    with pytest.raises(ModelError, match="there is no network") as caught:
        load_model("owner/unknown-model")
    assert str(caught.value).startswith("owner/unknown-model: ")
    assert hub.TIMEOUT_S < 4
