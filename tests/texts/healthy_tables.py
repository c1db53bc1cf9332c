"""Headers, indices and ids that are certain, or settled by the other file or by a flag."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from texts import programs
from texts.drafts import LOGITS, PRECISE, Draft, Parts, of_pandas, pointed, situation
from texts.programs import BARE, TABLES


@situation("no header", 100)
def no_header(rng: np.random.Generator) -> Parts:
    draft = Draft(rng, BARE)
    if rng.random() < 0.2:
        draft.sigmoid(columns=int(rng.choice([1, 1, 3])))
        draft.write("l.csv", None, *draft.columns())
        draft.write("y.csv", None, *draft.y.T.tolist())
        return draft.case(*LOGITS)
    draft.softmax()
    kind = None
    if rng.random() < 0.15:
        draft.whole()
    elif draft.dialect.number in PRECISE and rng.random() < 0.3:
        draft.likelihoods()
    elif rng.random() < 0.3:
        kind = draft.pick("sparse", "torch.nn.CrossEntropyLoss")
    draft.write("l.csv", None, *draft.columns())
    if draft.dialect.program == "numpy.savetxt" and rng.random() < 0.5:
        draft.write("y.csv", None, draft.y.astype(np.float64).tolist())
    else:
        draft.write_labels("none")
    return draft.case(*LOGITS, kind=kind)


@situation("names", 100)
def names(rng: np.random.Generator) -> Parts:
    draft = Draft(rng)
    if rng.random() < 0.2:
        draft.sigmoid(columns=int(rng.choice([1, 1, 3])))
        header = draft.names()
        draft.write("l.csv", header, *draft.columns())
        draft.write("y.csv", draft.pick(header, None), *draft.y.T.tolist())
        return draft.case(*LOGITS)
    draft.softmax()
    header = draft.names()
    if rng.random() < 0.1 and not any(name.endswith("id") for name in header):
        draft.whole()
    elif draft.dialect.number in PRECISE and rng.random() < 0.2:
        draft.likelihoods()
    draft.write("l.csv", header, *draft.columns())
    draft.write_labels()
    return draft.case(*LOGITS)


@situation("numbers as names", 100)
def numbers_as_names(rng: np.random.Generator) -> Parts:
    draft = Draft(rng, TABLES if rng.random() < 0.4 else of_pandas())
    sort = draft.pick("0..", "0..", "0..", "1..", "two", "years", "digits", "one-hot", "sigmoid")
    if sort == "sigmoid":
        draft.sigmoid()
        draft.write("l.csv", [0], *draft.columns())
        draft.notes.append("header")
        draft.write("y.csv", draft.pick(None, ["label"]), draft.labels())
        return draft.case(*LOGITS)
    draft.softmax(classes=2 if sort == "two" else int(rng.choice([3, 4, 5, 10])), least=3)
    C = draft.x.shape[1]
    header: list[str | int] = list(range(C))
    if sort == "1..":
        header = list(range(1, C + 1))
    elif sort == "years":
        header = list(range(2026 - C, 2026))
    elif sort == "digits":
        header = [int(k) for k in 20 + rng.permutation(70)[:C]]
    draft.write("l.csv", header, *draft.columns())
    if sort == "digits" or (sort == "two" and not outside(draft.x)):
        draft.notes.append("header")
    if sort == "one-hot":
        draft.y = np.eye(C, dtype=int)[draft.y]
        draft.write("y.csv", header, *draft.y.T.tolist())
        return draft.case(*LOGITS)
    certain = "header" not in draft.notes
    labels = draft.pick("name", "none", *(["zero"] if certain else []))
    if labels == "zero":
        # Certain names above the logits leave as many rows as the labels below their own 0.
        draft.write("y.csv", [0], draft.labels())
        draft.notes.append("header")
    else:
        draft.write_labels(labels)
    return draft.case(*LOGITS)


def outside(x: np.ndarray) -> bool:
    """Whether 0, 1, ... are outside of the range of all that is below."""
    return all(not x.min() <= k <= x.max() for k in range(x.shape[1]))


@situation("a pandas index", 100)
def pandas_index(rng: np.random.Generator) -> Parts:
    draft = Draft(rng, of_pandas())
    draft.softmax()
    header = draft.pick(draft.names(), list(range(draft.x.shape[1])))
    index = draft.pick(draft.numbers("counted"), draft.numbers("shuffled"), draft.words())
    if rng.random() < 0.5:
        index = list(range(len(draft.x)))
    name = draft.pick("", "", "", "Unnamed: 0")
    if name:  # a word over words would say nothing
        index = draft.numbers("counted")
    where = draft.pick("logits", "logits", "labels", "both", "dense")
    draft.notes.append("index")
    if where == "labels":
        draft.write("l.csv", draft.pick(draft.names(), None), *draft.columns())
        draft.write("y.csv", [name, draft.pick(0, "label", "y")], index, draft.labels())
    elif where == "both":
        draft.write("l.csv", [name, *header], index, *draft.columns())
        draft.write("y.csv", [name, draft.pick(0, "label")], index, draft.labels())
    elif where == "dense":
        draft.y = np.eye(draft.x.shape[1], dtype=int)[draft.y]
        draft.write("l.csv", [name, *header], index, *draft.columns())
        draft.write("y.csv", [name, *header], index, *draft.y.T.tolist())
    else:
        draft.write("l.csv", [name, *header], index, *draft.columns())
        draft.write_labels()
    return draft.case(*LOGITS)


@situation("R's row names", 50)
def r_row_names(rng: np.random.Generator) -> Parts:
    comma = replace(programs.R, program="R write.csv2", sep=";", decimal=",")
    tabbed = replace(programs.R_TABLE, sep="\t", quotes="none")
    draft = Draft(rng, [programs.R, programs.R, comma, programs.R_TABLE, programs.R_TABLE, tabbed])
    draft.softmax(least=2)
    header = draft.pick(draft.names(), [f"X{k + 1}" for k in range(draft.x.shape[1])])
    rows = len(draft.x)
    row_names = draft.pick([str(k + 1) for k in range(rows)], draft.words())
    # col.names = NA gives write.table the empty cell that write.csv has.
    first = [""] if draft.dialect.program != "R write.table" or rng.random() < 0.25 else []
    draft.write("l.csv", [*first, *header], row_names, *draft.columns())
    draft.notes.append("index")
    if rng.random() < 0.4:
        draft.write("y.csv", [*first, "x"], row_names, draft.labels())
    else:
        draft.write_labels()
    return draft.case(*LOGITS)


@situation("ids in both", 60)
def ids_in_both(rng: np.random.Generator) -> Parts:
    draft = Draft(rng)
    dense = False
    if rng.random() < 0.35:
        draft.sigmoid()
        header = [draft.pick("p", "score", "logit")]
    else:
        draft.softmax(least=3)
        header, dense = draft.names(), rng.random() < 0.3
    name = draft.pick("id", "Id", "ID", "PostId", "image", "index", "sample", "key", "row_id")
    ids = draft.pick(draft.numbers("ids"), draft.numbers("counted"), draft.words())
    draft.write("l.csv", [name, *header], ids, *draft.columns())
    order = rng.permutation(len(ids)) if rng.random() < 0.6 else np.arange(len(ids))
    if dense:
        draft.y = np.eye(draft.x.shape[1], dtype=int)[draft.y]
        columns, labels = draft.y.T.tolist(), header
    else:
        columns, labels = [draft.labels()], [draft.pick("label", "target", "y")]
    table = [[ids[k] for k in order], *([column[k] for k in order] for column in columns)]
    header = [name, *labels]
    if not dense and rng.random() < 0.2:
        table, header = table[::-1], header[::-1]
    draft.write("y.csv", header, *table)
    draft.notes.append("index")
    return draft.case(*LOGITS)


@situation("an id told by flag", 40)
def id_by_flag(rng: np.random.Generator) -> Parts:
    draft = Draft(rng, pointed())
    draft.softmax(least=3)
    name = draft.pick("id", "PostId", "row", "index", "Index", "patient_id", "n")
    ids = draft.numbers("counted" if name in ("row", "index", "Index", "n") else "ids")
    draft.write("l.csv", [name, *draft.names()], ids, *draft.columns())
    draft.write_labels()
    if rng.random() < 0.3:
        C = draft.x.shape[1]
        chosen = f"l.csv:2-{C + 1}"
        return draft.case(chosen, "y.csv")
    draft.notes.append("index")
    return draft.case(*LOGITS, "--index", name)


@situation("ids that are words", 40)
def word_ids(rng: np.random.Generator) -> Parts:
    draft = Draft(rng)
    draft.softmax(least=3)
    name = draft.pick("id", "ID", "PostId", "image_id", "uuid")
    draft.write("l.csv", [name, *draft.names()], draft.words(), *draft.columns())
    draft.write_labels()
    draft.notes.append("index")
    return draft.case(*LOGITS)


@situation("labels with an id", 50)
def labels_with_id(rng: np.random.Generator) -> Parts:
    draft = Draft(rng)
    draft.softmax(least=3, classes=int(rng.choice([2, 2, 3, 5, 10])))
    header = draft.names()
    draft.write("l.csv", header if rng.random() < 0.6 else None, *draft.columns())
    named = "l.csv" in draft.written and draft.written["l.csv"][1].header is not None
    ids = draft.pick(draft.numbers("ids"), draft.numbers("counted"), draft.words())
    name = draft.pick("id", "index", "row", "ImageId", "PostId", "ID")
    # Words beside words would say nothing of their header.
    words = named and isinstance(ids[0], int) and rng.random() < 0.4
    labels = draft.labels(header if words else None)
    draft.write("y.csv", [name, draft.pick("label", "Label", "class", "y")], ids, labels)
    draft.notes.append("index")
    return draft.case(*LOGITS)


@situation("more labels than logits", 10)
def more_labels(rng: np.random.Generator) -> Parts:
    draft = Draft(rng)
    draft.softmax(least=3)
    ids = draft.pick(draft.numbers("ids"), draft.words())
    extra = ["spare", "left out"] if isinstance(ids[0], str) else [77, 78]
    name = draft.pick("id", "image", "PostId")
    draft.write("l.csv", [name, *draft.names()], ids, *draft.columns())
    order = rng.permutation(len(ids) + 2)
    every, labels = [*ids, *extra], [*draft.labels(), 1, 0]
    draft.write("y.csv", [name, "label"], [every[k] for k in order], [labels[k] for k in order])
    draft.notes.append("index")
    draft.warned = True
    return draft.case(*LOGITS)
