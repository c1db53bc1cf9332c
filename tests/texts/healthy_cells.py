"""Labels, targets, cells, columns and lines as people and programs write them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from texts import programs
from texts.drafts import LOGITS, PRECISE, Draft, Parts, pointed, situation
from texts.programs import TABLES, Cell

LINES = (
    "sep=", "blank", "blank at the end", "comments", "trailing", "no end", "spaces after",
    "labels in one row", "inline",
)  # fmt: skip


@situation("labels inside", 80)
def labels_inside(rng: np.random.Generator) -> Parts:
    hashed = replace(programs.SAVETXT, sep=",", number=programs.printf("%.6f"))
    draft = Draft(rng, [*TABLES, hashed, hashed, replace(hashed, sep=" ")])
    draft.softmax()
    C = draft.x.shape[1]
    header: list[str | int] = list(draft.names())
    label = draft.pick("y", "label", "target", "truth")
    sort = draft.pick("label", "column", "colon", "index", "position", "words", "id")
    if draft.dialect.prefix:
        sort = "label"
    columns = draft.columns()
    if sort == "position":
        draft.write("l.csv", None, *columns, draft.labels())
        return draft.case("l.csv", "--label-col", str(C + 1))
    if sort == "words":
        draft.write("l.csv", [*header, label], *columns, draft.labels(header))
    elif sort == "index":
        draft.notes.append("index")
        draft.write(
            "l.csv", ["", *header, label], draft.numbers("counted"), *columns, draft.labels()
        )
    elif sort == "id":
        draft.notes.append("index")
        draft.write("l.csv", ["id", *header, label], draft.words(), *columns, draft.labels())
    else:
        draft.write("l.csv", [*header, label], *columns, draft.labels())
    if sort == "column":
        return draft.case("l.csv", "--cols", f"1-{C}", "--label-col", label)
    if sort == "colon":
        return draft.case(f"l.csv:1-{C}", f"l.csv:{label}")
    return draft.case("l.csv", "--label-col", label)


@situation("words as labels", 50)
def words_as_labels(rng: np.random.Generator) -> Parts:
    draft = Draft(rng)
    draft.softmax()
    header = draft.names()
    draft.write("l.csv", header, *draft.columns())
    draft.write("y.csv", draft.pick(None, ["label"], ["species"]), draft.labels(header))
    return draft.case(*LOGITS)


@situation("true and false", 30)
def true_and_false(rng: np.random.Generator) -> Parts:
    # MATLAB and SQLite have 1 and 0.
    draft = Draft(rng, [one for one in TABLES if one.program[:6] not in ("MATLAB", "sqlite")])
    draft.sigmoid(least=4)
    draft.y[2:4] = [[1], [0]]
    answers: list[Cell] = [bool(v) for v in draft.y.ravel()]
    if rng.random() < 0.25:
        answers = ["yes" if v else "no" for v in answers]
    if rng.random() < 0.4:
        draft.write("l.csv", ["p", "y"], *draft.columns(), answers)
        return draft.case("l.csv", "--label-col", "y")
    named = rng.random() < 0.5
    draft.write("l.csv", ["p"] if named else None, *draft.columns())
    draft.write("y.csv", draft.pick(None, ["spam"]), answers)
    return draft.case(*LOGITS)


@situation("dense targets", 80)
def dense_targets(rng: np.random.Generator) -> Parts:
    draft = Draft(rng, [one for one in TABLES if one.number in PRECISE])
    draft.softmax()
    C = draft.x.shape[1]
    header: list[str | int] = list(draft.names())
    columns, named = draft.columns(), rng.random() < 0.75
    draft.y = np.eye(C, dtype=int)[draft.y]
    if rng.random() < 0.5:
        draft.y = draft.dialect.values(draft.y * 0.9 + rng.dirichlet(np.ones(C), len(draft.y)) / 10)
    draft.write("l.csv", header if named else None, *columns)
    order = list(range(C))
    if named and rng.random() < 0.5:
        order = [int(k) for k in rng.permutation(C)]
        if order != sorted(order):
            draft.notes.append("order")
    targets = [draft.y[:, k].tolist() for k in order]
    draft.write("y.csv", [header[k] for k in order] if named else None, *targets)
    return draft.case(*LOGITS)


@situation("missing cells", 20)
def missing_cells(rng: np.random.Generator) -> Parts:
    draft = Draft(rng, pointed(*(one for one in TABLES if "Excel" not in one.program)))
    draft.softmax(least=4)
    header, columns = draft.names(), draft.columns()
    row, column = int(rng.integers(len(draft.x))), int(rng.integers(len(columns)))
    sort = draft.pick("skip", "nan", "unread")
    if sort == "unread":
        notes: list[Cell] = [None if rng.random() < 0.5 else "seen twice" for _ in draft.x]
        notes[:2] = [None, "blurred"]
        draft.write("l.csv", [*header, "remark", "y"], *columns, notes, draft.labels())
        return draft.case("l.csv", "--cols", f"1-{len(columns)}", "--label-col", "y")
    columns[column][row] = None
    draft.write("l.csv", [*header, "y"], *columns, draft.labels())
    draft.warned = True
    if sort == "skip":
        kept = np.arange(len(draft.x)) != row
        draft.x, draft.y = draft.x[kept], draft.y[kept]
    else:
        draft.x[row, column] = np.nan
    return draft.case("l.csv", "--label-col", "y", "--na", sort)


@situation("columns behind a colon", 40)
def behind_a_colon(rng: np.random.Generator) -> Parts:
    draft = Draft(rng)
    draft.softmax(least=3, classes=int(rng.choice([3, 4, 5])))
    C = draft.x.shape[1]
    header = list("abcdefg"[:C])
    odd = ["cat, wild", "left-right", "a:b", "2", "x y"][:C]
    sort = draft.pick("positions", "names", "order", "odd", "labels", "both")
    seconds = [float(v) for v in draft.dialect.values(rng.uniform(1.1, 9.9, len(draft.x)))]
    around = [seconds, *draft.columns(), [f"w{k}" for k in range(len(draft.x))]]
    if sort == "odd" and draft.dialect.quotes != "none":
        draft.write("l.csv", ["seconds", *odd, "word"], *around)
        draft.write_labels()
        return draft.case("l.csv:" + ",".join(f'"{name}"' for name in odd), "y.csv")
    draft.write("l.csv", ["seconds", *header, "word"], *around)
    if sort in ("labels", "both"):
        draft.write(
            "y.csv", ["weight", "label", "fold"], seconds[::-1], draft.labels(), [5] * len(draft.x)
        )
        return draft.case(f"l.csv:2-{C + 1}", draft.pick("y.csv:label", "y.csv:2"))
    draft.write_labels()
    if sort == "order":
        # The classes are the columns in the order in which they are named.
        draft.x = draft.x[:, ::-1]
        return draft.case("l.csv:" + ",".join(header[::-1]), "y.csv")
    spelt = f"2-{C},{C + 1}" if sort == "positions" else ",".join(header)
    return draft.case(f"l.csv:{spelt}", "y.csv")


@situation("lines", 40)
def lines(rng: np.random.Generator) -> Parts:
    sort = LINES[rng.integers(len(LINES))]
    dialects = [one for one in TABLES if one.encoding == "utf-8" and one.newline != "\r"]
    if sort == "sep=":
        dialects = [one for one in dialects if "Excel" in one.program]
    elif sort in ("inline", "spaces after"):
        dialects = [one for one in pointed(*dialects) if one.sep == "," and one.quotes == "minimal"]
    draft = Draft(rng, dialects)
    draft.softmax(least=3, classes=int(rng.choice([2, 4, 5])))
    header: list[str | int] | None = list(draft.names()) if rng.random() < 0.6 else None
    if sort == "sep=":
        dialect = draft.dialect
        draft.dialect = replace(dialect, first=f"sep={dialect.sep}{dialect.newline}")
        draft.write("l.csv", header, *draft.columns())
        draft.dialect = dialect
    else:
        draft.write("l.csv", header, *draft.columns())
    mark = draft.dialect.newline.encode()
    rows = draft.files["l.csv"].split(mark)
    if sort == "blank":
        rows.insert(2, b"")
    elif sort == "blank at the end":
        rows += [b"", b""]
    elif sort == "comments":
        rows.insert(0, b"# epoch 17, seed 3")
    elif sort == "trailing":
        rows = [row + draft.dialect.sep.encode() for row in rows[:-1]] + [b""]
    elif sort == "no end":
        rows = rows[:-1]
    elif sort == "spaces after":
        rows = [row.replace(b",", b", ") for row in rows]
    draft.files["l.csv"] = mark.join(rows)
    answers = ",".join(map(str, draft.labels()))
    if sort == "inline":
        return draft.case("l.csv", answers)
    draft.write_labels()
    if sort == "labels in one row":
        draft.files["y.csv"] = answers.replace(",", draft.dialect.sep).encode() + mark
        del draft.written["y.csv"]
    return draft.case(*LOGITS)


@situation("percent signs and thousands marks", 10)
def marks(rng: np.random.Generator) -> Parts:
    draft = Draft(rng, [programs.EXCEL, programs.CALC, replace(programs.EXCEL, sep="\t")])
    draft.notes.append("marks")
    if rng.random() < 0.5:
        draft.sigmoid()
        draft.loss = "bce"
        percent = np.round(rng.uniform(55, 97, draft.y.shape), 1)
        percent = np.where(draft.y == 1, percent, 100 - percent)
        draft.x = np.array([[float(f"{v:.1f}") / 100 for v in row] for row in percent])
        draft.write("l.csv", ["p"], [f"{v:.1f}%" for v in percent[:, 0]])
    else:
        draft.softmax()
        # Two marks: a single one could stand before a fraction.
        draft.x = np.round(2 * draft.x + 1_200_000)
        columns = [[f"{int(v):,}" for v in column] for column in draft.x.T]
        draft.write("l.csv", draft.names(), *columns)
    draft.write_labels("name")
    return draft.case(*LOGITS)
