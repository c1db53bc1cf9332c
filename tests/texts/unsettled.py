"""Texts that must be refused with a hint, and beside each the commands that settle it.

A case names words that the refusal must say, words that it must not (hints that mislead), and
the ways out with their numbers. `also` is a number that would do as well as the refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from texts.formulas import loss

Way = tuple[tuple[str, ...], float]
Rows = Sequence[Sequence[object]]


@dataclass(frozen=True)
class Unsettled:
    """One text that no evidence settles."""

    name: str
    kind: str
    files: dict[str, bytes]
    argv: tuple[str, ...]
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    ways: tuple[Way, ...] = ()
    also: float | None = None


@dataclass
class Book:
    """Enters cases under one kind, numbered."""

    kind: str
    cases: list[Unsettled] = field(default_factory=list)

    def add(self, files: dict[str, str | bytes], argv: str | Sequence[str], **more: object) -> None:
        ways = tuple((split(way), number) for way, number in more.pop("ways", ()))  # type: ignore[attr-defined]
        raw = {
            name: text.encode() if isinstance(text, str) else text for name, text in files.items()
        }
        name = f"{self.kind} {len(self.cases)}"
        self.cases.append(Unsettled(name, self.kind, raw, split(argv), ways=ways, **more))  # type: ignore[arg-type]


def split(argv: str | Sequence[str]) -> tuple[str, ...]:
    """`loss` and its words, which hold no blanks unless they are given as a list."""
    return ("loss", *(argv.split() if isinstance(argv, str) else argv))


def text(rows: Rows, header: str | None = None, sep: str = ",") -> str:
    """Plain lines."""
    lines = [sep.join(map(str, row)) for row in rows]
    return "\n".join([*([header] if header is not None else []), *lines, ""])


def column(labels: Sequence[object], header: str | None = None) -> str:
    return text([[label] for label in labels], header)


def example(seed: int, rows: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits of two decimals that know most labels; column 0 has both signs, so 0 is inside."""
    rng = np.random.default_rng([7, seed])
    y = np.arange(rows) % classes
    x = np.round(rng.normal(0, 1, (rows, classes)), 1) + 0.05
    x[np.arange(rows), y] += 2.5
    x[0, :], x[1, :] = np.abs(x[0]) + 1, -np.abs(x[1]) - 1
    x[0, y[0]] += 2
    x[1, y[1]] += 3
    return np.round(x, 2), y


def softmax(x: Rows | np.ndarray, y: Sequence[int] | np.ndarray) -> float:
    return loss("softmax-ce", np.asarray(x, np.float64), np.asarray(y))


X, Y = example(0, 4, 3)
L, T = text(X), column(Y)
RIGHT = softmax(X, Y)
BOOKS: dict[str, Callable[[Book], None]] = {}


def book(kind: str) -> Callable[[Callable[[Book], None]], Callable[[Book], None]]:
    def enter(fill: Callable[[Book], None]) -> Callable[[Book], None]:
        BOOKS[kind] = fill
        return fill

    return enter


def cases() -> list[Unsettled]:
    """All of them."""
    return list(_cases())


def _cases() -> Iterator[Unsettled]:
    from texts import foreign, unsettled_labels, unsettled_tables  # noqa: F401  (fill BOOKS)

    for kind, fill in BOOKS.items():
        entries = Book(kind)
        fill(entries)
        yield from entries.cases
