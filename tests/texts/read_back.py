#!/usr/bin/env python3
"""Reads every healthy text with pandas and calculates its number once more, term by term.

usage: read_back.py (needs pandas; no part of the ordinary tests). Nothing here knows the arrays
that the texts were written from: columns are found by their names, ids are joined by pandas.
"""

from __future__ import annotations

import csv
import io
import math
import re
import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from texts import healthy
from texts.drafts import Case

NAMELESS = {"", "Unnamed: 0"}
ANSWERS = {"true": 1, "yes": 1, "false": 0, "no": 0}
CODECS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"\xef\xbb": "utf-8"}


def frame(raw: bytes, sep: str, named: bool, decimal: str, prefix: str) -> pd.DataFrame:
    """All cells as words, below the first row's names, or 0, 1, ..."""
    text = raw.decode(CODECS.get(raw[:2], "utf-8")).removeprefix("\ufeff")
    lines = re.split(r"\r\n|\r|\n", text)
    if lines[0].startswith("sep="):
        del lines[0]
    if lines[0].startswith("# "):
        lines[0] = lines[0][2:] if prefix and named else ""
    rows = [line for line in lines if line]
    if sep == ", ":
        rows, sep = [row.replace(", ", ",") for row in rows], ","
    if sep == " ":
        rows = [re.sub(" +", " ", row.strip()) for row in rows]
    cells = list(
        csv.reader(io.StringIO("\n".join(rows)), delimiter=sep, skipinitialspace=sep == ",")
    )
    header = cells.pop(0) if named else None
    if header and len(header) == len(cells[0]) - 1:
        header = ["", *header]
    table = pd.DataFrame(cells, columns=header, dtype=str)
    nameless = [str(name) in ("", str(k)) for k, name in enumerate(table.columns)]
    full = [
        not (blank and (column == "").all())
        for blank, (_, column) in zip(nameless, table.items(), strict=True)
    ]
    table = table.loc[:, full]
    return table.map(lambda cell: cell.replace(",", ".")) if decimal == "," else table


def floats(table: pd.DataFrame) -> list[list[float]]:
    """Rows of numbers, each read by Python."""
    return [[one_float(cell) for cell in row] for row in table.to_numpy()]


def one_float(cell: str) -> float:
    """A number, with its marks."""
    if cell in ("", "NA"):
        return math.nan
    cell = cell.replace(",", "")
    return float(cell[:-1]) / 100 if cell.endswith("%") else float(cell)


def number(case: Case) -> float:
    """The loss of a case."""
    tables = {}
    for name, raw in case.files.items():
        dialect, table = case.written.get(name, (None, None))
        if dialect is None:
            dialect, _ = case.written["l.csv"]
        named = table is not None and table.header is not None
        tables[name] = frame(raw, dialect.sep, named, dialect.decimal, dialect.prefix)
    argv = list(case.argv[1:])
    flags = {argv[k]: argv[k + 1] for k in range(len(argv) - 1) if argv[k].startswith("-")}
    x, truth = tables["l.csv"], tables.get("y.csv")
    label = None
    if "--label-col" in flags:
        label = flags["--label-col"]
        label = int(label) - 1 if label.isdigit() and label not in x.columns else label
        truth = x[[label]]
        x = x.drop(columns=[label])
    chosen = argv[0].partition(":")[2] or flags.get("--cols", "")
    place = argv[1].partition(":")[2] if len(argv) > 1 and ":" in argv[1] else ""
    if place:
        source = tables[argv[1].partition(":")[0]]
        truth = source.iloc[:, [int(place) - 1]] if place.isdigit() else source[[place]]
    if len(argv) > 1 and re.fullmatch(r"[0-9,]+", argv[1]):
        truth = pd.DataFrame([argv[1].split(",")]).T
    if chosen:
        x = picked(tables["l.csv"], chosen)
    elif "--index" in flags:
        x = x.drop(columns=[flags["--index"]])
    elif case.notes and "index" in case.notes:
        x, truth = without_ids(x, truth)
    return loss(case, x, truth, flags)


def picked(table: pd.DataFrame, chosen: str) -> pd.DataFrame:
    """Columns by position, or by name."""
    names = next(csv.reader([chosen]))
    if set(names) <= set(table.columns.map(str)):
        return table[names]
    places: list[int] = []
    for part in chosen.split(","):
        first, _, last = part.partition("-")
        places += range(int(first) - 1, int(last or first))
    return table.iloc[:, places]


def without_ids(x: pd.DataFrame, truth: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Nameless first columns go; a column of both names joins; else words or an id's name go."""
    shared = [
        name for name in x.columns if name in truth.columns and set(x[name]) <= set(truth[name])
    ]
    if shared and shared[0] not in NAMELESS:
        order = truth.set_index(shared[0]).loc[x[shared[0]]]
        return x.drop(columns=shared[0]), order
    words = all(re.search("[A-Za-z]", cell) for cell in x.iloc[:, 0])
    if x.columns[0] in NAMELESS or words:
        x = x.iloc[:, 1:]
    if truth.shape[1] > 1 and (truth.columns[0] in NAMELESS or truth.shape[1] == 2):
        truth = truth.iloc[:, 1:]
    return x, truth


def loss(case: Case, table: pd.DataFrame, truth: pd.DataFrame, flags: dict[str, str]) -> float:
    """The mean, from exact sums of single terms."""
    x = floats(table)
    if truth.shape[0] == 1 and len(x) > 1:
        truth = truth.T
    kind = "probs" if flags.get("--input") == "probs" else flags.get("-k", "softmax-ce")
    if "order" in case.notes:
        truth = truth[list(table.columns)]
    names = [str(name) for name in table.columns]
    y = [[answer(cell, names) for cell in row] for row in truth.to_numpy()]
    if "--na" in flags and flags["--na"] == "skip":
        full = [not any(map(math.isnan, row)) for row in x]
        x, y = (
            [row for row, whole in zip(x, full, strict=True) if whole],
            [row for row, whole in zip(y, full, strict=True) if whole],
        )
    terms: list[float] = []
    for row, target in zip(x, y, strict=True):
        if kind in ("bce", "sigmoid-bce"):
            for v, t in zip(row, target, strict=True):
                p = v if kind == "bce" else 1 / (1 + math.exp(-v))
                q = 1 - v if kind == "bce" else 1 / (1 + math.exp(v))
                terms.append(-t * math.log(p) - (1 - t) * math.log(q))
            continue
        if kind in ("probs", "nll"):
            logs = row if kind == "nll" else [math.log(v) for v in row]
        else:
            top = max(row)
            total = math.log(math.fsum(math.exp(v - top) for v in row))
            logs = [(v - top) - total for v in row]
        if len(target) == 1:
            terms.append(-logs[int(target[0])])
        else:
            terms.append(-math.fsum(t * v for t, v in zip(target, logs, strict=True)))
    return math.fsum(terms) / len(terms)


def answer(cell: str, names: list[str]) -> float:
    """A label: a number, a yes, or the place of its name."""
    try:
        return float(cell)
    except ValueError:
        return ANSWERS[cell.lower()] if cell.lower() in ANSWERS else names.index(cell)


def main() -> int:
    wrong = 0
    for case in healthy.cases():
        try:
            again = number(case)
        except (ValueError, IndexError, KeyError, StopIteration) as error:
            wrong += 1
            print(f"{case.name}: {error!r} ({case.program}, {' '.join(case.argv)})")
            continue
        same = math.isclose(again, case.right, rel_tol=1e-11, abs_tol=1e-13) or (
            math.isnan(again) and math.isnan(case.right)
        )
        if not same:
            wrong += 1
            print(
                f"{case.name}: {case.right!r} here {again!r} ({case.program}, {' '.join(case.argv)})"
            )
    print(f"{wrong} of {len(healthy.cases())} differ")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
