"""Where xent and a framework's own run part, and why: patterns of `function/id`, a line each.

`error`: the framework refuses what xent takes (the number is the one it would give for the same input
in a form it takes). `value`: the framework's run is off; xent's value is the one written here, by the
formula at 50 digits. `shape`: the same numbers in another shape. `refused`: xent refuses what the
framework takes. `float32`: the framework works in float32 even where it is given float64.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Explained:
    """One line of the list."""

    pattern: str
    how: str
    why: str
    values: tuple[float, ...] = ()


EXPLAINED = (
    Explained(
        r"torch\..*/labels-(float|int32)$",
        "error",
        "torch wants int64 or uint8 labels; xent takes whole numbers of any dtype, with a note",
    ),
    Explained(
        r"torch\..*/weight-2d$",
        "error",
        "torch wants class weights of one axis; xent reads one row or column of a file as such",
    ),
    Explained(
        r"torch\..*(?i:soft_?margin).*/overflow$",
        "value",
        "torch evaluates log(1 + exp(z)) as it stands, and exp overflows",
        (1000.0,),
    ),
    Explained(
        r"tf\.nn\.softmax_cross.*/.*axis--2$",
        "error",
        "TensorFlow builds its permutation from the axis before it is wrapped, so that -1 is the "
        "only negative axis that works",
    ),
    Explained(
        r"tf\.nn\.sparse.*/labels-(uint8|int8|uint64|float64)$",
        "error",
        "TensorFlow wants int32 or int64 labels; xent takes whole numbers of any dtype, with a note",
    ),
    Explained(
        r"keras\.losses\.((Binary.*|Poisson)/.*-on-jax|.*-on-torch)$",
        "float32",
        "keras.ops.mean on JAX and torch works in float32 whatever the dtype; on TensorFlow it does "
        "not",
    ),
    Explained(
        r"keras\..*BinaryFocal.*/.*-infinite-on-torch$",
        "error",
        "torch's binary cross entropy refuses a probability of NaN; xent gives NaN, with a warning",
    ),
    Explained(
        r"keras\..*/.*0x[45].*-None(-on-.*)?$",
        "shape",
        "Keras gives an empty batch back unreduced; xent gives 0, its quotient of nothing",
        (0.0,),
    ),
    Explained(
        r"optax\..*integer_labels/label-for-all$",
        "refused",
        "optax spreads one label over all rows; xent wants as many labels as rows",
    ),
    Explained(
        r"optax\..*integer_labels/labels-float$",
        "error",
        "optax wants integer labels; xent takes floats that are whole numbers",
    ),
    Explained(
        r"optax\..*/axis0-0x5$",
        "refused",
        "rows without a single class: optax sums nothing, xent calls it an error",
    ),
    Explained(
        r"onnx\..*/empty-",
        "error",
        "the reference evaluator cannot reshape an empty batch; by the operator's text the mean of "
        "nothing is NaN and the sum 0",
    ),
    Explained(
        r"onnx\.Softmax.*/underflow$",
        "value",
        "the reference takes the logarithm of an underflowed softmax",
        (200.0, 1000.0, 800.0),
    ),
    Explained(
        r"onnx\.Neg.*/(None|mean)-w0-ignore--1$",
        "value",
        "the reference takes ignore_index -1 for none in its mean, so ignored rows are counted; by "
        "the operator's text they are not",
    ),
    Explained(
        r"sklearn\..*/weights-Nx1$",
        "error",
        "scikit-learn wants sample weights of one axis; xent reads one column of a file as such",
    ),
    Explained(
        r"torchmetrics\..*/int32$",
        "error",
        "torchmetrics wants int64 labels; xent takes whole numbers of any dtype, with a note",
    ),
    Explained(
        r"torchmetrics\..*/underflow(-64)?$",
        "value",
        "torchmetrics takes the logarithm of an underflowed softmax",
    ),
    Explained(
        r"transformers\..*/shift-labels$",
        "refused",
        "labels that are shifted already go to --kind sparse --class-dim -1",
    ),
)


def explanation(case_name: str, how: str) -> Explained | None:
    """The line that covers `function/id`, or None."""
    return next(
        (line for line in EXPLAINED if line.how == how and re.match(line.pattern, case_name)), None
    )
