"""The one reader of files of any origin."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest

from diffviz.bounded import (
    FLAG,
    OBJECT,
    Kind,
    Missing,
    Refusal,
    Unreadable,
    among,
    json_text,
    mapping,
    number,
    optional,
    parse_object,
    read_bytes,
    read_head,
    read_object,
    read_text,
    several,
    short,
    take,
    text,
    whole,
)


@pytest.mark.parametrize("words, message", [
    ("{", r"is not valid JSON \(.*, line 1\)"), ("", "is not valid JSON"), (b"\xff\xfe{}", "no UTF-8 at byte 0"),
    ("[]", "holds a JSON list, expected an object"), ("null", "holds a JSON NoneType"), ("7", "holds a JSON int"),
    ('{"a": NaN}', '^has "a": NaN, which is no JSON$'), ('{"a": -Infinity}', '"a": -Infinity, which is no JSON'),
    ('{"a": 1e999}', 'has "a": 1e999, more than'),
    ('{"a": ' + "9" * 400 + "}", 'has "a": a whole number of 400 digits'),
    ('{"a": ' + "9" * 5000 + "}", "of 5000 digits"),
    ('{"a": 9223372036854775808}', "more than 64 bits"), ('{"a": -9223372036854775809}', "of 19 digits"),
    ('{"a": ' + "[" * 900 + "]" * 900 + "}", "nested too deep"), ("[" * 100_000, "nested too deep"),
    ('{"a":' * 33 + "1" + "}" * 33, "nested too deep"), ('{"a":' + "[" * 32 + "]" * 32 + "}", "nested too deep"),
    ('{"a": [' + "0," * 2**20 + "0]}", "holds more than 1,048,576 values"),
    ("version https://git-lfs.github.com/spec/v1\n", r"is not valid JSON"),
    (b"version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer"),
])  # fmt: skip
def test_what_is_refused(words: str | bytes, message: str) -> None:
    with pytest.raises(Unreadable, match=message) as caught:
        parse_object(words)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 200


def test_what_is_taken_can_be_written_and_made_floats_of() -> None:
    edge = {
        "deep": json.loads("[" * 31 + "]" * 31),
        "most": 2**63 - 1,
        "least": -(2**63),
        "small": 1e-320,
        "one": "\ud800",
    }
    value = parse_object(json.dumps(edge))
    assert value == edge and float(value["most"]) == 2.0**63
    assert parse_object(json_text(value).encode()) == edge  # the lone surrogate as an escape
    assert parse_object(b"\xef\xbb\xbf{}") == {}


def test_the_caller_chooses_whether_numbers_are_finite() -> None:
    value = parse_object('{"sigma_min": -Infinity, "beta_end": 1e999, "shift": NaN}', finite=False)
    assert value["sigma_min"] == -math.inf and value["beta_end"] == math.inf and math.isnan(value["shift"])


def test_names_stay_readable_in_what_is_written() -> None:
    assert json_text({"Käse": "猫"}) == '{"Käse": "猫"}'
    assert json_text({"a": "\udcff"}) == '{"a": "\\udcff"}'


# -- files


def test_a_file_is_read_up_to_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b'{"a": 1}')
    assert read_object(path) == {"a": 1} and read_bytes(path, 8) == b'{"a": 1}' and read_head(path, 3) == b'{"a'
    with pytest.raises(Unreadable, match=r"^is too large \(over 7 bytes\)$"):
        read_bytes(path, 7)
    path.write_bytes(b"{" + b" " * 2**20 + b"}")
    with pytest.raises(Unreadable, match=r"^is too large \(over 1 MiB\)$"):
        read_object(path)
    path.write_bytes(b"a\xff\n")
    assert read_text(path, 10) == "a\ufffd\n"


def odd_files(folder: Path) -> list[tuple[Path, str]]:
    """What may lie in the place of a file, and what is said of it."""
    links = {"nowhere": "nothing", "circle": "circle", "device": "/dev/zero", "kernel": "/proc/kmsg"}
    for name, target in links.items():
        (folder / name).symlink_to(target)
    os.mkfifo(folder / "pipe")
    (folder / "folder").mkdir()
    (folder / "empty").touch()
    odd = {"nowhere": "leads nowhere", "circle": "leads nowhere", "device": "pipe or device", "pipe": "pipe or device"}
    odd |= {"folder": "is a folder", "empty": "is not valid JSON", "absent": "is missing", "a\0b": "is missing"}
    if Path("/proc/kmsg").exists():
        odd["kernel"] = "is not valid JSON|cannot be read"
    return [(folder / name, words) for name, words in odd.items()] + [(folder / "empty" / "a.json", "is missing")]


@pytest.mark.skipif(os.name == "nt", reason="pipes and devices in the file system")
def test_odd_files_in_the_place_of_one(tmp_path: Path) -> None:
    for path, words in odd_files(tmp_path):
        with pytest.raises(Unreadable, match=words) as caught:
            read_object(path)
        assert isinstance(caught.value, Missing) == ("missing" in words or "nowhere" in words)


# -- kinds


KINDS: list[tuple[Kind, list[Any], list[Any]]] = [
    (whole(0, 10), [0, 10], [-1, 11, True, 1.0, "1", None, 10**400]),
    (number(0, 1), [0, 0.5, 1], [-1, 1.1, True, math.nan, "1", None]),
    (number(-math.inf, math.inf), [-1e308, 10**400, 0], [math.inf, -math.inf, math.nan, False, []]),
    (text(3, 1), ["a", "abc"], ["", "abcd", 1, None, ["a"]]),
    (among("a", "b"), ["a", "b"], ["", "c", None, ["a"], {}]),
    (optional(whole(1, 2)), [None, 1], [0, False]),
    (several(text(2), 1, 2), [["a"], ["a", "bc"]], [[], ["a"] * 3, ["abc"], "ab", {"a": 1}, None]),
    (mapping(whole(0, 1)), [{}, {"a": 1}], [[], {"a": 2}, None, "a"]),
    (FLAG, [True, False], [0, 1, None, "true"]), (OBJECT, [{}], [[], None]),
]  # fmt: skip


@pytest.mark.parametrize("kind, good, bad", KINDS, ids=[kind.words for kind, _, _ in KINDS])
def test_kinds(kind: Kind, good: list[Any], bad: list[Any]) -> None:
    assert all(take({"a": value}, "a", kind) is value for value in good)
    for value in bad:
        with pytest.raises(Unreadable, match=r'^has "a": .*, expected '):
            take({"a": value}, "a", kind)


def test_a_missing_key() -> None:
    assert take({}, "a", FLAG, None) is None
    with pytest.raises(Unreadable, match=r'^lacks "a"$'):
        take({}, "a", FLAG)


def test_what_is_quoted_is_short_and_printable() -> None:
    odd: list[object] = [
        "x" * 5000,
        "\ud800",
        "\n" * 100,
        10**5000,
        ["x" * 5000] * 1000,
        {"a\u202e": "\0"},
        None,
        b"\n",
    ]
    for value in odd:
        words = short(value)
        assert words.isprintable() and 0 < len(words) <= 60


def test_a_refusal_is_one_printable_line() -> None:
    assert str(Refusal("a\nb\ud800\u2028c")) == "a b  c"
