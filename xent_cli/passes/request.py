"""What a caller asks for, frozen. The command line makes these from its flags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from os import PathLike
from typing import Any

from xent_cli.arrays.base import Array, ArrayReader, ReadOptions
from xent_cli.errors import UsageError, did_you_mean
from xent_cli.records import field, record

Source = str | PathLike[str] | Array | ArrayReader
"""A file, `-` for stdin, an array, or a reader."""


@record
class Destination:
    """Where an array goes.

    Args:
        path: a file, or `-` for stdout.
        format: a key of `FORMATS`; None: by the file's suffix, .npy on stdout.
    """

    path: str
    format: str | None = None


BLOCK_ELEMENTS = 1 << 20
"""Elements read at once where each gets a float64 or more of its own."""

LEAN_BYTES = 64 << 20
"""Bytes of all blocks under way where only rows get numbers of their own: 4 MiB to 32 MiB each.
16384 x 32000 float32 on two processors, where one read of the map takes 72 ms: 120 ms in blocks of
8 MiB, 100 of 16, 98 of 32; what Python does for a block takes 0.1 ms."""

ROW_BYTES = 32
"""Bytes that a row takes beside its logits: its label, its numbers."""


PRECISIONS = ("native", "double")
"""What `--precision` takes."""


def check_word(option: str, value: Any, known: tuple[Any, ...]) -> None:
    """Refuses a value that is none of an option's words."""
    if value not in known:
        words = ", ".join(str(word) for word in known)
        raise UsageError(f"--{option} takes {words}; got {value!r}", did_you_mean(value, known))


def single_stdin(sources: Iterable[Source]) -> None:
    """Refuses a second `-`: stdin can be read once."""
    if sum(isinstance(source, str) and source == "-" for source in sources) > 1:
        raise UsageError("stdin (-) can be read only once", "name a file for the other input")


def read_each(
    sources: Sequence[Source], read: ReadOptions, *, rows_belong_together: bool = False
) -> Iterator[tuple[Source, ReadOptions]]:
    """Each of several arrays of one kind, and how it is read.

    Args:
        sources: at most one of them stdin.
        read: how the first is read.
        rows_belong_together: row i of one is row i of the others.

    Raises:
        UsageError: rows would be left out of each by itself.
    """
    single_stdin(sources)
    if rows_belong_together and len(sources) > 1:
        refuse_skipping(read)
    for index, source in enumerate(sources):
        yield source, read if index == 0 else read.next


def refuse_skipping(read: ReadOptions, way_out: str = "") -> None:
    """Refuses `--na skip` where rows of several files belong together."""
    if read.na == "skip":
        raise UsageError(
            "--na skip leaves rows out of each file, and rows of several files would no longer "
            "belong together",
            f"--na nan keeps the rows{way_out}",
        )


@record
class LossRequest:
    """A loss to be computed.

    Args:
        logits: the first operand: logits, probabilities or log-probabilities as the kind says.
        labels: class indices, or targets of the logits' shape; None for kinds without labels.
        kind: a name of the registry (`xent losses`).
        options: the general options by name: weight, pos_weight, ignore_index, label_smoothing,
            input. Vectors may be given as text, a file, or an array.
        params: the kind's own parameters by name; text as on the command line, or values.
        reduction: `mean`, `sum`, `none`, or another name the kind has; None: the kind's default.
        class_dim: the class axis, or several where the kind takes them; None: inferred.
        sample_weight: one number a row, or for sigmoid kinds one an element.
        label_base: what index labels call the first class, 0 or 1.
        unit: `nats` or `bits`.
        precision: `native` (the input's, float32 at least) or `double`.
        out: file for the loss as an array (a scalar, or one value a row), `-` for stdout.
        jobs: threads; None: as many as there are processors.
        engine: a name of `ENGINES`.
        block_elements: logits read at once; the result does not depend on it.
        read: how text is read.
        metrics: names of `tallies.METRICS`, computed in the same read.
        strict: warnings are errors.
        corners: put the corner values of the inputs into the result.
        bounds: tell how far the loss can be from the exact one.
    """

    logits: Source
    labels: Source | None = None
    kind: str = "softmax-ce"
    options: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    reduction: str | None = None
    class_dim: int | tuple[int, ...] | None = None
    sample_weight: Source | None = None
    label_base: int = 0
    unit: str = "nats"
    precision: str = "native"
    out: str | None = None
    jobs: int | None = None
    engine: str = "threads"
    block_elements: int | None = None
    read: ReadOptions = field(default_factory=ReadOptions)
    metrics: tuple[str, ...] = ()
    strict: bool = False
    corners: bool = False
    bounds: bool = False
