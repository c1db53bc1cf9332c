"""Texts in any encoding: by their byte order mark, or by --encoding."""

from __future__ import annotations

import codecs
import gzip
import re
from pathlib import Path

import numpy as np
import pytest

from xent_cli.arrays.text import encoding as under_test

TEXT = "é,ß,日本\n1.5,0.25,-1\n0.5,2,3e-1\n"
VALUES = [1.5, 0.25, -1, 0.5, 2, 0.3]
MARKED = ["utf-8-sig", "utf-16", "utf-32"]
BIG = {"utf-16-be": codecs.BOM_UTF16_BE, "utf-32-be": codecs.BOM_UTF32_BE}


def encoded(name: str) -> bytes:
    return BIG.get(name, b"") + TEXT.encode(name)


def shown(run) -> None:
    assert run.status == 0, run.stderr
    (array,) = run.json["arrays"]
    assert array["columns"] == ["é", "ß", "日本"]
    assert array["corner"]["values"] == VALUES


@pytest.mark.parametrize("name", [*MARKED, *BIG])
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", "-"])
def test_a_mark_tells_the_encoding(xent, piped, tmp_path: Path, name: str, suffix: str) -> None:
    data = encoded(name)
    if suffix == "-":
        shown(piped(data, "show", "-", "-f", "json"))
        shown(piped(data, "show", "-", "-f", "json", "--encoding", "cp1252"))
        return
    path = tmp_path / f"x{suffix}"
    path.write_bytes(gzip.compress(data) if suffix.endswith("gz") else data)
    shown(xent("show", path, "-f", "json"))


@pytest.mark.parametrize("name", ["utf-16-le", "gb18030", "shift_jis", "utf_16_be", "U8"])
def test_an_option_tells_it_too(xent, tmp_path: Path, name: str) -> None:
    text = TEXT.replace("é,ß", "い,は") if name == "shift_jis" else TEXT
    (tmp_path / "x.csv").write_bytes(text.encode(name))
    run = xent("show", tmp_path / "x.csv", "-f", "json", "--encoding", name)
    assert run.json["arrays"][0]["corner"]["values"] == VALUES
    assert run.json["arrays"][0]["columns"][2] == "日本"


@pytest.mark.parametrize("chunk", [1, 2, 3, 7])
def test_characters_that_are_cut(monkeypatch, xent, tmp_path: Path, chunk: int) -> None:
    monkeypatch.setattr(under_test, "CHUNK", chunk)
    (tmp_path / "x.csv").write_bytes(encoded("utf-16"))
    shown(xent("show", tmp_path / "x.csv", "-f", "json"))


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("caf\xe9,b\n1,2\n".encode("latin-1"), "cp1252"),
        ("a,b\n0.5,2\n".encode("utf-16-le"), "utf-16-le"),
        ("a,b\n0.5,2\n".encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_the_hint_names_one_that_reads_it(xent, tmp_path: Path, data: bytes, encoding: str) -> None:
    (tmp_path / "x.csv").write_bytes(data)
    run = xent("show", tmp_path / "x.csv")
    assert (run.status, run.text) == (3, "")
    advice = re.search(r"hint: --encoding (\S+) may read it\n", run.stderr)
    assert advice is not None, run.stderr
    assert advice[1] == encoding
    run = xent("show", tmp_path / "x.csv", "--encoding", advice[1], "-f", "json")
    assert run.json["arrays"][0]["shape"] == [1, 2]


@pytest.mark.parametrize(
    ("data", "options", "words"),
    [
        (b"a,b\n1,\x81\n", (), "x.csv:2: found the byte 0x81, expected UTF-8 text\n"),
        (b"a,b\n1,\0\n", (), "x.csv:2: found a NUL byte, expected UTF-8 text\n"),
        (
            b"a,b\n1,\x81\n",
            ("--encoding", "cp1252"),
            "x.csv:2: expected cp1252 text: character maps to <undefined> (0x81)",
        ),
        (TEXT.encode("utf-16")[:-1], (), "x.csv:3: expected utf-16-le text: truncated data (0x0a)"),
    ],
)
def test_what_is_no_text(xent, tmp_path: Path, data: bytes, options, words: str) -> None:
    (tmp_path / "x.csv").write_bytes(data)
    run = xent("show", tmp_path / "x.csv", *options)
    assert (run.status, run.text) == (3, "")
    assert words in run.stderr


@pytest.mark.parametrize("name", ["utf-17", "base64", "rot13", "a\0b"])
def test_what_is_no_encoding(xent, name: str) -> None:
    run = xent("show", "samples/logits.csv", "--encoding", name)
    assert (run.status, run.text) == (2, "")
    assert "--encoding: there is no encoding" in run.stderr
    assert "cp1252" in run.stderr


def test_both_texts_and_the_labels_names(xent, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes("Käse,Brot\n2,0\n0,3\n".encode("cp1252"))
    (tmp_path / "y.csv").write_bytes("Käse\nBrot\n".encode("utf-16"))
    run = xent("loss", tmp_path / "x.csv", tmp_path / "y.csv", "--encoding", "cp1252")
    assert run.number == pytest.approx(np.mean(np.log1p(np.exp([-2.0, -3.0]))), rel=1e-6)
