"""A case of the corpus, and how one is drafted: values, names and ids in one program's text."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from texts import programs
from texts.formulas import log_softmax, loss
from texts.programs import TABLES, Cell, Dialect, Table

ANIMALS = "ant bee cat dog elk fox gnu hen ibis jay kea lynx mole newt owl pike quail rat swan toad"
SPACED = [f"old {name}" for name in ANIMALS.split()]
UNICODE = ["größe", "naïve", "猫", "犬", "мир", "été", "ñandú", "ōsaka", "שלום", "émoji😀"]
# Fractions below a name that ends in id are no ids.
ENDINGS = ["solid", "liquid", "hybrid", "acid", "braid", "squid", "arachnid", "orchid"]
CODED = ["p_0", "p_1", "class-2", "x.3", "logit[4]", "y=5", "7th", "%8", "n9", "k10"]
SIZES = [1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 21, 34, 55, 200]
WIDTHS = [2, 2, 3, 3, 4, 5, 6, 8, 10, 20]


@dataclass(frozen=True)
class Case:
    """Files, a command, the right number (2e-9 relative), and the notes that must be said.

    notes: index (a column is set aside or joined), header (a numeric row became names by the
    counts), order (columns were put in order), marks (of percent or thousands). warned: a warning is right beside the number.
    """

    name: str
    kind: str
    program: str
    files: dict[str, bytes]
    argv: tuple[str, ...]
    right: float
    notes: tuple[str, ...] = ()
    warned: bool = False
    written: dict[str, tuple[Dialect, Table]] = field(default_factory=dict, compare=False)
    truth: tuple[str, Any, Any] | None = field(default=None, compare=False)


class Draft:
    """A case in the making: one dialect, values as it writes them, files and flags as they come."""

    def __init__(self, rng: np.random.Generator, dialects: Sequence[Dialect] = TABLES) -> None:
        self.rng = rng
        self.dialect = dialects[rng.integers(len(dialects))]
        self.files: dict[str, bytes] = {}
        self.written: dict[str, tuple[Dialect, Table]] = {}
        self.notes: list[str] = []
        self.warned = False
        self.x = self.y = np.zeros(0)
        self.loss = "softmax-ce"

    # What is meant

    def softmax(
        self, *, rows: int | None = None, classes: int | None = None, least: int = 1
    ) -> None:
        """Logits that mostly know the label; some labels are 0, and all values as written."""
        rng = self.rng
        rows = rows or max(least, int(rng.choice(SIZES)))
        classes = classes or int(rng.choice(WIDTHS))
        y = rng.integers(0, classes, rows)
        y[rng.integers(rows)] = 0
        seen = np.where(
            rng.random(rows) < (0.85 if rows > 5 else 1), y, rng.integers(0, classes, rows)
        )
        x = rng.normal(0, 1.5, (rows, classes))
        x[np.arange(rows), seen] += 4
        self.x, self.y = self.dialect.values(self.width(x)), y

    def likelihoods(self) -> None:
        """The same as probabilities or log-probabilities, for dialects that keep the digits."""
        self.loss = "probs" if self.rng.random() < 0.5 else "nll"
        logs = log_softmax(self.x)
        self.x = self.dialect.values(np.exp(logs) if self.loss == "probs" else logs)

    def whole(self) -> None:
        """Whole logits, as quantised models give them; the first row is no run of numbers."""
        x = np.round(self.x * 8)
        x[0, 0] = -1 - abs(x[0, 0])
        self.x = x

    def sigmoid(self, *, columns: int = 1, least: int = 3) -> None:
        """Logits or probabilities of yes or no."""
        rng = self.rng
        rows = max(least, int(rng.choice(SIZES)))
        y = rng.integers(0, 2, (rows, columns))
        y[0], y[1] = 1, 0
        y[-1] = rng.permuted(y[-1])
        z = (2 * y - 1) * (1.2 + np.abs(rng.normal(0, 1, y.shape)))
        z[rows // 2] *= -0.5 if rows > 5 else 1
        self.loss = "bce" if rng.random() < 0.5 else "sigmoid-bce"
        if self.loss == "bce":
            z = np.clip(1 / (1 + np.exp(-z)), 0.03, 0.97)
        self.x, self.y = self.dialect.values(self.width(z)), y

    def width(self, x: np.ndarray) -> np.ndarray:
        """Pandas and Polars write float32 too."""
        narrow = self.dialect.number in (programs.shortest, programs.polars_number)
        return x.astype(np.float32) if narrow and self.rng.random() < 0.3 else x

    # Names, ids

    def pick(self, *options: Any) -> Any:
        return options[self.rng.integers(len(options))]

    def names(self, width: int | None = None) -> list[str]:
        """Words that the dialect can write."""
        width = width or self.x.shape[1]
        pools = [[*pool, *ANIMALS.split()] for pool in ([], UNICODE, ENDINGS, CODED)]
        if self.spaced:
            pools.append(SPACED)
        pool = list(pools[self.rng.integers(len(pools))][:width])
        if self.rng.random() < 0.3:
            self.rng.shuffle(pool)
        made = self.dialect.names(width) if self.dialect.names else [0]
        if isinstance(made[0], str) and self.rng.random() < 0.3:
            return [str(name) for name in made]
        return pool

    @property
    def spaced(self) -> bool:
        return self.dialect.sep != " " or self.dialect.quotes != "none"

    def numbers(self, kind: str) -> list[Cell]:
        """Distinct whole numbers: counted, or as ids are."""
        rows = len(self.x)
        if kind == "counted":
            start = int(self.rng.integers(2))
            return list(range(start, rows + start))
        if kind == "shuffled":
            return [int(k) for k in self.rng.permutation(rows)]
        return [int(k) for k in 456000 + self.rng.permutation(5 * rows)[:rows]]

    def words(self) -> list[Cell]:
        """Distinct words."""
        form = self.pick("uuid", "EX{:03d}", "img_{:05d}.png", "val/n{}/a.JPEG", "s-{}")
        if form == "uuid":
            return [str(uuid.UUID(bytes=self.rng.bytes(16), version=4)) for _ in self.x]
        return [form.format(k) for k in self.rng.permutation(9 * len(self.x))[: len(self.x)]]

    # Columns, files

    def columns(self) -> list[list[Cell]]:
        """The array's columns as cells."""
        whole = bool((self.x == np.round(self.x)).all())
        return [[int(v) if whole else v for v in column] for column in self.x.T]

    def labels(self, names: Sequence[str | int] | None = None) -> list[Cell]:
        """The labels as cells, by their names if there are names."""
        return [names[k] if names else int(k) for k in self.y.ravel()]  # type: ignore[misc]

    def write(
        self,
        name: str,
        header: Sequence[str | int] | None,
        *columns: Sequence[Cell],
        **options: Any,
    ) -> None:
        """A file in the dialect of the case."""
        dialect = replace(self.dialect, **options)
        if header is not None and dialect.program != "pandas.to_csv":
            header = [str(word) for word in header]  # pandas alone has numbers as names
        table = Table(None if header is None else tuple(header), columns)
        self.written[name], self.files[name] = (dialect, table), dialect.write(table)

    def write_labels(self, header: str = "some") -> None:
        """y.csv of one column: some: with a name or without; name, none."""
        if header == "some":
            header = self.pick("name", "none")
        name = self.pick("label", "y", "class", "target", "Label", "label_id", "true label")
        if not self.spaced and " " in name:
            name = "label"
        self.write("y.csv", [name] if header == "name" else None, self.labels())

    def command(self, *argv: str, kind: str | None = None) -> tuple[str, ...]:
        """`xent loss ...` with what the kind and the dialect need."""
        line = ["loss", *argv]
        if kind:
            line += ["-k", kind]
        elif self.loss == "probs":
            line += ["--input", "probs"]
        elif self.loss != "softmax-ce":
            line += ["-k", self.loss]
        if self.dialect.decimal == "," and "--decimal" not in line:
            line += ["--decimal", ","]
        return tuple(line)

    def case(self, *argv: str, kind: str | None = None) -> dict[str, Any]:
        return {
            "program": self.dialect.program,
            "files": self.files,
            "argv": self.command(*argv, kind=kind),
            "right": loss(self.loss, self.x, self.y),
            "notes": tuple(self.notes),
            "warned": self.warned,
            "written": self.written,
            "truth": (self.loss, self.x, self.y),
        }


Parts = dict[str, Any]
Maker = Callable[[np.random.Generator], Parts]
LOGITS = ("l.csv", "y.csv")
PRECISE = (
    programs.shortest,
    programs.polars_number,
    programs.julia_number,
    programs.r_number,
    programs.sqlite_number,
    programs.excel_number,
    programs.calc_number,
)
SITUATIONS: dict[str, tuple[int, Maker]] = {}


def situation(name: str, count: int) -> Callable[[Maker], Maker]:
    """Enters a maker of so many cases under a name."""

    def enter(make: Maker) -> Maker:
        SITUATIONS[name] = (count, make)
        return make

    return enter


def pointed(*dialects: Dialect) -> list[Dialect]:
    return [dialect for dialect in dialects or TABLES if dialect.decimal == "."]


def of_pandas(*dialects: Dialect) -> list[Dialect]:
    return [one for one in dialects or TABLES if one.program == "pandas.to_csv"]
