"""A tokenizer's folder -> Tokens: what a text encoder is given of a prompt, and which tokens each word became.

Of the folder tokenizer.json is read, or vocab.json and merges.txt, within bounds: no library ever sees it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffviz import bounded
from diffviz.bounded import short
from diffviz.models.errors import ModelError
from diffviz.models.folder import ModelFolder, real_file, refuse_code, refusing
from diffviz.vocabulary import MAX_PROMPT, Numbers, Prompt, Wording

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

MAX_TOKENS = 256  # of a prompt: what cross-attention costs grows with them
MAX_FILE_BYTES = 32 * 2**20
PADDING = {"CLIPTextModel": "<|endoftext|>", "T5EncoderModel": "<pad>"}  # where the folder names none
MAX_KNOWN = 500_000
MAX_LETTERS = 1000  # of a token: a library keeps them as a tree, a letter a level, whose depth ends the process
MAX_TREE = 4 * 2**20  # bytes of all tokens of T5: each may be a node of 350 bytes
_NUMBER = bounded.whole(0, MAX_KNOWN - 1)
_WORD = re.compile(r"[^\s,;.:!?/|()\[\]\"]+")
# what transformers writes for "no limit" has more digits than JSON of ours may have
_NO_LIMIT = re.compile(r'("model_max_length"\s*:\s*)\d{19,40}(?=\s*[,}])')


@dataclass(frozen=True)
class Tokens(Wording):
    """Any word is known; a prompt of more than ``length`` tokens is cut.

    ``digest``: what tells the tokenizer from another one; ``masked``: whether nobody looks at padding.
    """

    length: int
    digest: str
    masked: bool
    tokenizer: Tokenizer = field(compare=False, repr=False)

    def read(self, prompt: str) -> Prompt:
        """Its words, each a phrase, and how many of them were cut off."""
        words = self._words(prompt)
        kept = self._kept(self._encoded(prompt), words)
        return Prompt(tuple((prompt[a:b],) for a, b in words[:kept]), left_out=len(words) - kept)

    def encode(self, prompt: Prompt | str) -> Numbers:
        """Two rows of ``length``: the numbers of the tokens, and 1 where the text encoder looks."""
        encoded = self._encoded(prompt if isinstance(prompt, str) else " ".join(map(" ".join, prompt.phrases)))
        return [encoded.ids, encoded.attention_mask if self.masked else [1] * self.length]

    def places(self, prompt: str) -> tuple[tuple[int, ...], ...]:
        """The tokens of each word."""
        encoded, words = self._encoded(prompt), self._words(prompt)
        spans = [(k, *span) for k, span in enumerate(encoded.offsets) if span[0] < span[1]]
        kept = words[: self._kept(encoded, words)]
        return tuple(tuple(k for k, start, end in spans if start < b and a < end) for a, b in kept)

    def without(self, prompt: str, k: int) -> str:
        """All else stays as it was typed."""
        start, end = self._words(prompt)[k]
        return " ".join((prompt[:start] + prompt[end:]).split())

    def notes(self, prompt: Prompt) -> tuple[str, ...]:
        """How much is cut off."""
        if not prompt.left_out:
            return ()
        words = "word is" if prompt.left_out == 1 else "words are"
        return (f"a prompt has at most {self.length} tokens: its last {prompt.left_out} {words} left out",)

    def _encoded(self, prompt: str) -> Encoding:
        letters = prompt[:MAX_PROMPT].encode("utf-8", "replace").decode()  # a half of a pair is none, and no letter
        try:
            return self.tokenizer.encode(letters)
        except BaseException as error:  # a panic of its Rust: a stranger's table of characters may be wrong for some
            if isinstance(error, Exception | KeyboardInterrupt | SystemExit):
                raise
            raise ModelError(
                f"The model's tokenizer cannot read this prompt ({short(str(error))}); say it in other characters."
            ) from error

    @staticmethod
    def _words(prompt: str) -> list[tuple[int, int]]:
        """Where each begins and ends; of signs alone all of them are one."""
        shown = prompt[:MAX_PROMPT]
        words = [found.span() for found in _WORD.finditer(shown)]
        return words or ([(0, len(shown))] if shown.strip() else [])

    @staticmethod
    def _kept(encoded: Encoding, words: list[tuple[int, int]]) -> int:
        """How many words are there whole."""
        if not encoded.overflowing:
            return len(words)
        end = max(end for _, end in encoded.offsets)
        return sum(b <= end for _, b in words)


def read_tokens(folder: ModelFolder, kind: str, longest: int) -> Tokens:
    """The tokenizer that lies beside a text encoder.

    Args:
        kind: the encoder's class. longest: tokens that it can read.
    Raises:
        ModelError: if a file is missing, broken or too large.
    """
    place = folder.tokenizer
    if place is None:
        raise ModelError(f"{folder.label}: has a text encoder and no tokenizer/ beside it; fetch or save it as well.")
    config = _config(folder, place)
    with refusing(folder.shown(place / "tokenizer_config.json"), "; correct it or save it again."):
        said = bounded.take(config, "model_max_length", bounded.optional(bounded.number(1, 2**63)), None)
    length = int(min(said or longest, longest, MAX_TOKENS))
    padding = config.get("pad_token", PADDING[kind])
    padding = padding.get("content") if isinstance(padding, dict) else padding
    if not isinstance(padding, str):
        raise ModelError(f"{folder.shown(place)}: names no token as padding; save the tokenizer again.")
    tokenizer, name = _tokenizer(folder, place, kind, padding)
    if length <= tokenizer.num_special_tokens_to_add(False):
        raise ModelError(f"{name}: prompts of {length} tokens leave no room for a word; correct model_max_length.")
    tokenizer.enable_truncation(length)
    tokenizer.enable_padding(length=length, pad_id=tokenizer.token_to_id(padding), pad_token=padding)
    digest = hashlib.sha256(tokenizer.to_str().encode()).hexdigest()
    return Tokens(length, digest, kind == "T5EncoderModel", tokenizer)  # CLIP's padding is looked at, as in diffusers


def _config(folder: ModelFolder, place: Path) -> dict[str, Any]:
    """What tokenizer_config.json says, and of the padding special_tokens_map.json where that does not."""
    values: dict[str, Any] = {}
    for file in ("special_tokens_map.json", "tokenizer_config.json"):
        path = place / file
        name = folder.shown(path)
        with refusing(name):
            try:
                value = bounded.parse_object(_NO_LIMIT.sub(r"\1null", bounded.read_text(real_file(path), 2**20)))
            except bounded.Missing:
                continue
        refuse_code(value, name)
        values |= value
    return values


def _tokenizer(folder: ModelFolder, place: Path, kind: str, padding: str) -> tuple[Tokenizer, str]:
    """The tokenizer, and the name of its file, of which the vocabulary is taken and no rule: a regular expression of a
    stranger's may run for hours."""
    path, charsmap = place / "tokenizer.json", None
    name = folder.shown(path)
    try:
        with refusing(name):
            try:
                known, pairs, charsmap = _data(bounded.read_object(real_file(path), MAX_FILE_BYTES))
            except bounded.Missing:
                if kind != "CLIPTextModel":
                    raise
                name = folder.shown(place / "vocab.json")
                known, pairs = _of_clip(folder, place)
        tokenizer = _clip(known, pairs, padding) if kind == "CLIPTextModel" else _t5(known, charsmap, padding)
        tokenizer.encode("a red hat, é")
        return tokenizer, name
    except ModelError:
        raise
    except BaseException as error:  # whatever a library says to a stranger's file, a panic of its Rust too
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        raise ModelError(f"{name}: makes no tokenizer ({short(str(error))}); fetch or save it again.") from error


def _data(value: dict[str, Any]) -> tuple[Any, list[tuple[str, ...]], bytes | None]:
    """Vocabulary, merges and the table of characters (SentencePiece's) out of tokenizer.json."""
    model = bounded.take(value, "model", bounded.OBJECT)
    merges = bounded.take(model, "merges", bounded.several(bounded.ANYTHING), [])
    pairs = [tuple(pair.split(" ")) if isinstance(pair, str) else tuple(pair) for pair in merges]
    normalizer = value.get("normalizer") or {}
    tables = [each.get("precompiled_charsmap") for each in normalizer.get("normalizers", [normalizer])]
    table = next(filter(None, tables), None)
    return model.get("vocab"), pairs, None if table is None else base64.b64decode(table)


def _of_clip(folder: ModelFolder, place: Path) -> tuple[dict[str, Any], list[tuple[str, ...]]]:
    """Vocabulary and merges out of vocab.json and merges.txt."""
    vocab, merges = place / "vocab.json", place / "merges.txt"
    with refusing(
        folder.shown(vocab), "; a tokenizer has tokenizer.json, or vocab.json and merges.txt. Fetch it again."
    ):
        known = bounded.read_object(real_file(vocab), MAX_FILE_BYTES)
    with refusing(folder.shown(merges)):
        lines = bounded.read_text(real_file(merges), MAX_FILE_BYTES).split("\n")
    return known, [tuple(line.split(" ")) for line in lines if line.strip() and not line.startswith("#version")]


def _check_length(tokens: Iterable[str]) -> None:
    longest = max(map(len, tokens), default=0)
    if longest > MAX_LETTERS:
        raise ValueError(f"it has a token of {longest:,} letters, {MAX_LETTERS:,} are the most")


def _clip(known: dict[str, int], pairs: list[tuple[str, ...]], padding: str) -> Tokenizer:
    from transformers import CLIPTokenizer

    odd = next((token for token, number in known.items() if not _NUMBER.fits(number)), None)
    if odd is not None:
        raise ValueError(f"it counts {short(odd)} as {short(known[odd])}")
    _check_length(known)
    lacking = [sign for sign in ("<|startoftext|>", "<|endoftext|>", padding) if sign not in known]
    if lacking:
        raise ValueError(f"it lacks {lacking[0]}")
    tokenizer: Tokenizer = CLIPTokenizer(vocab=known, merges=pairs, pad_token=padding).backend_tokenizer
    return tokenizer


def _t5(known: list[tuple[str, float]], charsmap: bytes | None, padding: str) -> Tokenizer:
    from transformers import T5Tokenizer

    known = [(piece, score) for piece, score in known]
    _check_length(piece for piece, _ in known)
    if (size := sum(len(piece.encode()) for piece, _ in known)) > MAX_TREE:
        raise ValueError(f"its tokens have {size:,} bytes, {MAX_TREE:,} are the most")
    lacking = {"</s>", "<unk>", padding}.difference(piece for piece, _ in known)
    if lacking:
        raise ValueError(f"it lacks {min(lacking)}")
    made = T5Tokenizer(vocab=known, _spm_precompiled_charsmap=charsmap, pad_token=padding, extra_ids=0)
    tokenizer: Tokenizer = made.backend_tokenizer
    return tokenizer
