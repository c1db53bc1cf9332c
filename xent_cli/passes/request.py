"""What a caller asks for, frozen. The command line makes these from its flags."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

from xent_cli.arrays.base import Array, ArrayReader, ReadOptions
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
        mask: 1 for what counts, 0 for what is left out of everything: one a row, or for kinds with
            a loss of each element one an element.
        per: what the mean is divided by: `weights` (as the kind does), `rows`, a number, or one
            number a row, summed over the rows that count.
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
        bounds: find out how far the loss can be from the exact one.
        checks: look for what `check_inputs` alone tells.
    """

    logits: Source
    labels: Source | None = None
    kind: str = "softmax-ce"
    options: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    reduction: str | None = None
    class_dim: int | tuple[int, ...] | None = None
    sample_weight: Source | None = None
    mask: Source | None = None
    per: Source | float = "weights"
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
    checks: bool = False

    @property
    def divides_by_array(self) -> bool:
        """Whether `per` is neither a word nor a number."""
        return not (self.per in DIVISORS if isinstance(self.per, str) else is_number(self.per))


DIVISORS = ("weights", "rows")
"""Words that `per` takes."""


def is_number(value: object) -> bool:
    """Whether a value is a number, and no array of one."""
    return isinstance(value, int | float)
