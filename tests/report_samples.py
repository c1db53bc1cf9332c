"""Small results for the report tests."""

from dataclasses import dataclass
from itertools import product

from xent_cli.array_facts import ArrayFacts, Corner
from xent_cli.diagnosis import WARNING, Diagnosis
from xent_cli.figure import Figure
from xent_cli.header import Header
from xent_cli.records import replace
from xent_cli.results.arrays import ArrayResult, ArraySummary, ShowResult
from xent_cli.results.loss import LossResult


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


HEADER = Header(
    kind="softmax-ce",
    takes="logits",
    reduction="mean",
    rule="MEAN",
    divisor=None,
    nothing=float("nan"),
    perplexity=True,
    unit="nats",
    precision="native",
    yes_or_no=False,
    labels_read_as="class indices",
    class_dim=1,
    classes=10,
    elements=1,
    rows_shape=(1797,),
    batch=1797,
    span=(0, 1797),
    inputs={
        "logits": array("samples/logits.npy", (1797, 10)),
        "labels": array("samples/labels.npy", (1797,), "int64"),
    },
    files={},
    options={},
    changed=(),
    tallies=(),
    signature="xent|softmax-ce|mean|nats|ignore:-100|native|v0.1.0",
    version="0.1.0",
)
SMALLEST = Figure("minimum", 1.1920928e-07, "smallest", "nats", row=122, index=(122,))
LARGEST = Figure("maximum", 4.5671234, "largest", "nats", row=1611, index=(1611,))


def loss(**changes):
    """A loss; changes of its header, of the values of its figures, or of itself."""
    numbers = {
        "loss": 0.12360801,
        "numerator": 222.12359397,
        "denominator": 1797.0,
        "rows": 1797,
        "ignored": 0,
        "perplexity": 1.131572,
    }
    extremes = {"minimum": SMALLEST, "maximum": LARGEST}
    numbers |= {name: changes.pop(name) for name in numbers.keys() & changes.keys()}
    extremes |= {name: changes.pop(name) for name in extremes.keys() & changes.keys()}
    own = {name: changes.pop(name) for name in ("values", "values_corner") if name in changes}
    told = [Diagnosis("loss-nan", WARNING, text) for text in changes.pop("warnings", ())]
    header = replace(HEADER, **changes)
    figures = [
        replace(extreme or Figure(name, None, known.title), digits=header.digits)
        for (name, extreme), known in zip(extremes.items(), (SMALLEST, LARGEST), strict=True)
    ]
    figures += [
        Figure(name, value, digits=header.digits)
        for name, value in numbers.items()
        if not (name == "perplexity" and value is None)
    ]
    return LossResult(header, tuple(figures), tuple(told), **own)


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
        rule="NONE",
        rows_shape=changes.pop("rows_shape", shape),
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
    return ArrayResult(
        "cat",
        inputs=tuple(array(name, shape) for name, shape in zip(names, shapes, strict=True)),
        outputs=(array("output", tuple(total)),),
        details={"dim": dim, "dtype": "float32 (all inputs)", "promotion": "all inputs"},
    )


def summary(facts, **changes):
    size = 1
    for length in facts.shape:
        size *= length
    plain = ArraySummary(facts, size, size * 4, -8.65625, 8.65625, 0, 0, 0)
    return replace(plain, **changes)


def show(*arrays, **changes):
    return ShowResult(tuple(summary(facts, **changes) for facts in arrays))
