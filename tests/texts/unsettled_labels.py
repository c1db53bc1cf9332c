"""Labels that are not the labels of these logits, and hints about them that would mislead."""

from __future__ import annotations

import numpy as np
from texts.formulas import loss
from texts.unsettled import RIGHT, Book, L, T, X, Y, book, column, example, softmax, text


@book("words as labels, without names")
def words(add: Book) -> None:
    animals = np.array(["ant", "bee", "cat"])[Y]
    yaml = "[ant, bee, cat]\n"
    for files in (
        {"l.csv": L, "y.csv": column(animals)},
        {"l.csv": L.replace(",", "\t"), "y.csv": column(animals)},
        {"l.csv": L, "y.csv": column(animals).replace("\n", "\r\n")},
        {"l.csv": L, "y.csv": column([f'"{name}"' for name in animals])},
        {"l.csv": L, "y.csv": column(animals, "species")},
        {"l.csv": text(X, "0,1,2"), "y.csv": column(animals)},
    ):
        add.add({**files, "c.yaml": yaml}, "l.csv y.csv", says=("--classes",), ways=[
            ("l.csv y.csv --classes c.yaml", RIGHT),
        ])  # fmt: skip
    # The first word comes once only, and is a label all the same.
    once = ["cat", "ant", "bee", "ant"]
    y = np.array([2, 0, 1, 0])
    add.add({"l.csv": L, "y.csv": column(once), "c.yaml": yaml}, "l.csv y.csv", says=("--classes",), ways=[
        ("l.csv y.csv --classes c.yaml", softmax(X, y)),
    ])  # fmt: skip
    inside = text([[*row, name] for row, name in zip(X, animals, strict=True)])
    add.add({"f.csv": inside, "c.yaml": yaml}, "f.csv --label-col 4", says=("--classes",), ways=[
        ("f.csv --label-col 4 --classes c.yaml", RIGHT),
    ])  # fmt: skip
    misspelt = column(["ant", "bea", "cat", "ant"])
    add.add({"l.csv": text(X, "ant,bee,cat"), "y.csv": misspelt}, "l.csv y.csv", says=("bea",))
    add.add(
        {"l.csv": text(X, "ant,bee,cat"), "y.csv": column(["Ant", "Bee", "Cat", "Ant"])},
        "l.csv y.csv",
        says=("Ant",),
    )


@book("labels beyond the classes")
def beyond(add: Book) -> None:
    for seed, (rows, classes) in enumerate([(6, 2), (8, 3), (9, 4), (12, 5)]):
        x, _ = example(seed, rows, classes)
        y = np.arange(rows) % (classes + 1)
        # 0 and C are both there: neither base is right.
        never = ("--label-base 1", "--label-base 0", "--class-dim")
        add.add(
            {"l.csv": text(x), "y.csv": column(y)},
            "l.csv y.csv",
            never=never,
            says=(f"{classes + 1} classes",),
        )
        x, y = example(seed + 10, rows, classes)
        files = {"l.csv": text(x), "y.csv": column(y + 1)}
        add.add(files, "l.csv y.csv", says=("--label-base 1",), ways=[
            ("l.csv y.csv --label-base 1", softmax(x, y)),
        ])  # fmt: skip
    x, y = example(2, 8, 3)
    for mark in (-1, 255, 99):
        some = y.copy()
        some[[3, 6]] = mark
        rest = some != mark
        add.add({"l.csv": text(x), "y.csv": column(some)}, "l.csv y.csv", says=(f"--ignore-index {mark}",), ways=[
            (f"l.csv y.csv --ignore-index {mark}", softmax(x[rest], y[rest])),
        ])  # fmt: skip
    for labels in (
        [0, 1, 1.5, 2],
        [0, 1, "", 2],
        [0, 1, "NA", 2],
        [0, 1, "?", 2],
        ["0 ", "1", "x", "2"],
    ):
        add.add({"l.csv": L, "y.csv": column(labels)}, "l.csv y.csv")


@book("labels -1 and 1")
def signs(add: Book) -> None:
    x, y = example(3, 6, 2)
    add.add(
        {"l.csv": text(x), "y.csv": column(2 * y - 1)}, "l.csv y.csv", never=("--ignore-index",)
    )
    add.add(
        {"l.csv": text(x), "y.csv": column(1 - 2 * y, "label")},
        "l.csv y.csv",
        never=("--ignore-index",),
    )
    z, y = np.array([2.5, -1.5, 1.25, -0.5]), np.array([1, 0, 1, 0])
    for kind in ("sigmoid-bce", "weighted --pos-weight 2"):
        add.add(
            {"l.csv": column(z), "y.csv": column(2 * y - 1)},
            f"l.csv y.csv -k {kind}",
            never=("--ignore-index",),
        )
    add.add(
        {"l.csv": column(1 / (1 + np.exp(-z))), "y.csv": column(2 * y - 1)},
        "l.csv y.csv -k bce",
        never=("--ignore-index",),
    )


@book("dense by chance of shape")
def dense_by_chance(add: Book) -> None:
    x, y = example(4, 5, 2)
    for ids in ([101, 102, 103, 104, 105], [0, 1, 2, 3, 4], [5, 4, 9, 1, 2]):
        add.add({"l.csv": text(x), "y.csv": text(list(zip(ids, y, strict=True)))}, "l.csv y.csv", ways=[
            ("l.csv y.csv:2", softmax(x, y)),
        ])  # fmt: skip
    x, y = example(5, 6, 3)
    votes = np.stack([y, (y + np.array([0, 1, 0, 0, 2, 0])) % 3, y], axis=1)
    for header in (None, "ann,ben,cem"):
        add.add({"l.csv": text(x), "y.csv": text(votes, header)}, "l.csv y.csv", ways=[
            (f"l.csv y.csv:{'ann' if header else 1}", softmax(x, y)),
        ])  # fmt: skip
    table = text([[20 + k, c, 5 * c] for k, c in enumerate(y)], "age,label,fold")
    add.add({"l.csv": text(x), "y.csv": table}, "l.csv y.csv", ways=[
        ("l.csv y.csv:label", softmax(x, y)),
        ("l.csv y.csv:2", softmax(x, y)),
    ])  # fmt: skip
    wide = text([[20 + k, c, 5 * c, 1] for k, c in enumerate(y)], "age,label,fold,sex")
    add.add(
        {"l.csv": text(x), "y.csv": wide},
        "l.csv y.csv",
        ways=[("l.csv y.csv:label", softmax(x, y))],
    )
    other, _ = example(6, 6, 3)
    add.add({"l.csv": text(x), "y.csv": text(other)}, "l.csv y.csv")
    add.add({"l.csv": text(x), "y.csv": text(x)}, "l.csv y.csv")


@book("one column of logits")
def one_class(add: Book) -> None:
    z, y = np.array([2.5, -1.5, 1.25, -0.5]), np.array([1, 0, 1, 0])
    right = loss("sigmoid-bce", z, y)
    for header in (None, "score"):
        for labels in (column(y), column(y, "label")):
            add.add({"l.csv": column(z, header), "y.csv": labels}, "l.csv y.csv", says=("sigmoid-bce",), ways=[
                ("l.csv y.csv -k sigmoid-bce", right),
            ])  # fmt: skip
    ones = np.ones(4, int)
    add.add({"l.csv": column(z), "y.csv": column(ones)}, "l.csv y.csv", says=("sigmoid-bce",), never=("--label-base",), ways=[
        ("l.csv y.csv -k sigmoid-bce", loss("sigmoid-bce", z, ones)),
    ])  # fmt: skip


@book("targets beyond 0 and 1")
def beyond_one(add: Book) -> None:
    for header in (None, "a,b"):
        masks = text([[0, 255], [255, 0]], header)
        add.add(
            {"l.csv": text([[-0.5, 1], [1, -2]], header), "y.csv": masks},
            "l.csv y.csv -k sigmoid-bce",
            says=("255",),
        )
    add.add(
        {"l.csv": column([0.5, -1.25, 2]), "y.csv": column([0, 1, 2])}, "l.csv y.csv -k sigmoid-bce"
    )
    add.add({"l.csv": L, "y.csv": text([[0.5, 0.7, -0.2]] * 4)}, "l.csv y.csv")


@book("missing cells, without a word")
def missing(add: Book) -> None:
    kept = np.arange(4) != 2
    right = softmax(X[kept], Y[kept])
    for word in ("", "NA", "NaN", "nan", "null", "N/A", "#N/A"):
        rows = [[*map(str, row), label] for row, label in zip(X, Y, strict=True)]
        rows[2][1] = word
        if word.lower() == "nan":
            continue  # a number
        files = {"f.csv": text(rows, "a,b,c,y")}
        add.add(
            files,
            "f.csv --label-col y",
            says=("--na",),
            ways=[("f.csv --label-col y --na skip", right)],
        )
    for word in ("?", "-", "none given"):
        rows = [[*map(str, row)] for row in X]
        rows[1][0] = word
        add.add({"l.csv": text(rows), "y.csv": T}, "l.csv y.csv")


@book("decimal commas")
def commas(add: Book) -> None:
    p, y = np.array([0.123, 0.456, 0.75, 0.5]), np.array([0, 0, 1, 1])
    right = loss("bce", p, y)
    german = [str(v).replace(".", ",") for v in p]
    for header in (None, "p"):
        files = {"p.csv": column(german, header), "y.csv": column(y)}
        add.add(
            files,
            "p.csv y.csv -k bce",
            says=("--decimal",),
            ways=[("p.csv y.csv -k bce --decimal ,", right)],
        )
    files = {"p.csv": column([f'"{v}"' for v in german]), "y.csv": column(y)}
    add.add(
        files,
        "p.csv y.csv -k bce",
        says=("--decimal",),
        also=right,
        ways=[("p.csv y.csv -k bce --decimal ,", right)],
    )
    z = np.array([-1.25, -0.5, 2.75, 0.5])
    files = {"p.csv": column([str(v).replace(".", ",") for v in z]), "y.csv": column(y)}
    add.add(files, "p.csv y.csv -k sigmoid-bce", says=("--decimal",), ways=[
        ("p.csv y.csv -k sigmoid-bce --decimal ,", loss("sigmoid-bce", z, y)),
    ])  # fmt: skip
    for sep in (";", "\t", " ", "|"):
        content = text([[str(v).replace(".", ",") for v in row] for row in X], sep=sep)
        add.add({"l.csv": content, "y.csv": T}, "l.csv y.csv", says=("--decimal",), also=RIGHT, ways=[
            ("l.csv y.csv --decimal ,", RIGHT),
        ])  # fmt: skip
    add.add({"l.csv": L.replace(",", "\uff0c"), "y.csv": T}, "l.csv y.csv")
