"""Small results for the report tests."""

from dataclasses import dataclass
from itertools import product

from xent_cli.records import replace
from xent_cli.results import (
    ArrayFacts,
    ArraySummary,
    CatResult,
    Corner,
    LossResult,
    RowExtreme,
    ShowResult,
)


@dataclass(frozen=True)
class Listed:
    shape: tuple
    data: tuple
    chunk: int = 7

    def chunks(self):
        for start in range(0, len(self.data), self.chunk):
            yield list(self.data[start : start + self.chunk])


def array(name, shape, dtype="float32", order="C", columns=None):
    """An array whose value at an index is a smooth function of it, through its corner alone."""
    axes = Corner.axes_of(shape)
    values = []
    for index in product(*axes):
        mixed = sum((i + 1) * (37 + 11 * axis) for axis, i in enumerate(index)) % 101
        values.append(mixed % 10 if dtype == "int64" else (mixed - 50) * 0.173125)
    form = "csv" if name.endswith(".csv") else "npy"
    return ArrayFacts(name, form, shape, dtype, order, columns, Corner(axes, tuple(values)))


def loss(**changes):
    result = LossResult(
        kind="softmax-ce",
        reduction="mean",
        unit="nats",
        loss=0.12360801,
        numerator=222.12359397,
        denominator=1797.0,
        rows=1797,
        ignored=0,
        classes=10,
        class_dim=1,
        labels_read_as="class indices",
        perplexity=1.131572,
        minimum=RowExtreme(1.1920928e-07, 122, (122,)),
        maximum=RowExtreme(4.5671234, 1611, (1611,)),
        precision="native",
        inputs={
            "logits": array("samples/logits.npy", (1797, 10)),
            "labels": array("samples/labels.npy", (1797,), "int64"),
        },
        options={},
        changed=(),
        signature="xent|softmax-ce|mean|nats|ignore:-100|native|v0.1.0",
    )
    return replace(result, **changes)


def rowwise(values, shape=None, **changes):
    """A loss with reduction none over `values`, its corner included."""
    shape = shape or (len(values),)
    axes = Corner.axes_of(shape)
    strides = [1] * len(shape)
    for axis in range(len(shape) - 2, -1, -1):
        strides[axis] = strides[axis + 1] * shape[axis + 1]
    kept = tuple(
        values[sum(i * s for i, s in zip(index, strides, strict=True))] for index in product(*axes)
    )
    return loss(
        reduction="none",
        loss=None,
        values=Listed(shape, tuple(values)),
        values_corner=Corner(axes, kept) if values else Corner(axes, ()),
        **changes,
    )


def cat(*shapes, dim=1, names=None):
    """A concatenation of float32 arrays of `shapes`."""
    names = names or [f"samples/{chr(97 + i % 26)}.npy" for i in range(len(shapes))]
    total = list(shapes[0])
    total[dim] = sum(shape[dim] for shape in shapes)
    return CatResult(
        dim=dim,
        inputs=tuple(array(name, shape) for name, shape in zip(names, shapes, strict=True)),
        output=array("output", tuple(total)),
        promotion="all inputs are float32",
    )


def summary(facts, **changes):
    size = 1
    for length in facts.shape:
        size *= length
    plain = ArraySummary(facts, size, size * 4, -8.65625, 8.65625, 0, 0, 0)
    return replace(plain, **changes)


def show(*arrays, **changes):
    return ShowResult(tuple(summary(facts, **changes) for facts in arrays))
