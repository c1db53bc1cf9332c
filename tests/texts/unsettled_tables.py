"""Tables that can be read in two ways: numbers as names, ids, ids that do not agree, columns."""

from __future__ import annotations

import numpy as np
from texts.formulas import loss
from texts.unsettled import RIGHT, Book, L, T, X, book, column, example, softmax, text


@book("numbers as names, in both files")
def both_numbered(add: Book) -> None:
    """Each file has one line more than the other's rows could tell apart."""
    both = ("--header", "--no-header")
    headers = ("0,1", "1,2", "30,70", "7,13", "0,1", "12,11,10", "90,30,70")
    for seed, header in enumerate(headers):
        first = [int(name) for name in header.split(",")]
        x, y = example(seed, 5 + seed, len(first))
        for sep in (",", ";") if seed < 2 else ("\t",):
            files = {"l.csv": text(x, header.replace(",", sep), sep), "y.csv": column(y, "0")}
            ways = [
                ("l.csv y.csv --header", softmax(x, y)),
                ("l.csv y.csv --no-header", softmax([first, *x], [0, *y])),
            ]
            add.add(files, "l.csv y.csv", says=both, ways=ways)
    for kind in ("sigmoid-bce", "bce"):
        y = np.array([1, 0, 1, 0, 0])
        z = (
            np.array([0.9, 0.2, 0.75, 0.1, 0.45])
            if kind == "bce"
            else np.array([2.5, -1.5, 1.25, -2.5, 0.5])
        )
        files = {"l.csv": column(z, "0"), "y.csv": column(y, "0")}
        add.add(files, f"l.csv y.csv -k {kind}", says=both, ways=[
            (f"l.csv y.csv -k {kind} --header", loss(kind, z, y)),
        ])  # fmt: skip
    for header in ("0,1,2", "1,2,3"):
        # Whole logits have no fractions that tell names apart.
        x, y = example(3, 6, 3)
        x = np.round(10 * x).astype(int)
        files = {"l.csv": text(x, header), "y.csv": column(y, "0")}
        first = [int(name) for name in header.split(",")]
        add.add(files, "l.csv y.csv", says=both, ways=[
            ("l.csv y.csv --header", softmax(x, y)),
            ("l.csv y.csv --no-header", softmax([first, *x.tolist()], [0, *y])),
        ])  # fmt: skip


@book("numbers as names, labels inside")
def inside_numbered(add: Book) -> None:
    header = "0,1,2"
    for rows in (4, 7):
        x, y = example(rows, rows, 2)
        for sep in (",", "\t"):
            content = text(
                [[*row, label] for row, label in zip(x, y, strict=True)],
                header.replace(",", sep),
                sep,
            )
            add.add({"f.csv": content}, "f.csv --label-col 3", says=("--header", "--no-header"), ways=[
                ("f.csv --label-col 3 --header", softmax(x, y)),
            ])  # fmt: skip


@book("a column that is likely an id")
def likely_ids(add: Book) -> None:
    large = [456670, 456673, 456671, 456699, 456680]
    counted = [0, 1, 2, 3, 4]
    names = [
        ("id", large), ("ID", large), ("PostId", large), ("passengerid", counted), ("row", counted),
        ("index", counted), ("Index", [1, 2, 3, 4, 5]), ("n", counted), ("nr", [1, 2, 3, 4, 5]), ("code", large),
        ("row", [5, 3, 9, 1, 7]),
    ]  # fmt: skip
    for seed, (name, ids) in enumerate(names):
        x, y = example(seed, 5, 3)
        whole = [[k, *row] for k, row in zip(ids, x, strict=True)]
        ways = [
            (f"l.csv y.csv --index {name}", softmax(x, y)),
            ("l.csv y.csv --index none", softmax(whole, y)),
            ("l.csv:2-4 y.csv", softmax(x, y)),
        ]
        files = {"l.csv": text(whole, f"{name},a,b,c"), "y.csv": column(y)}
        add.add(files, "l.csv y.csv", says=("--index",), ways=ways)
        if seed < 6:
            content = text([[*row, k] for row, k in zip(whole, y, strict=True)], f"{name},a,b,c,y")
            add.add({"f.csv": content}, "f.csv --label-col y", says=("--index",), ways=[
                (f"f.csv --label-col y --index {name}", softmax(x, y)),
                ("f.csv --label-col y --index none", softmax(whole, y)),
            ])  # fmt: skip
    for start in (0, 1):
        for sep in (",", "\t", ";"):
            x, y = example(start, 6, 3)
            whole = [[k + start, *row] for k, row in enumerate(x)]
            files = {"l.csv": text(whole, sep=sep), "y.csv": column(y)}
            add.add(files, "l.csv y.csv", says=("--index",), ways=[
                ("l.csv:2-4 y.csv", softmax(x, y)),
                ("l.csv y.csv --index none", softmax(whole, y)),
            ])  # fmt: skip


@book("a column of predictions")
def predictions(add: Book) -> None:
    for name in ("pred", "prediction", "predicted", "Pred"):
        x, y = example(4, 5, 3)
        guess = x.argmax(axis=1)
        content = text(
            [[*row, g, k] for row, g, k in zip(x, guess, y, strict=True)], f"a,b,c,{name},y"
        )
        add.add({"f.csv": content}, "f.csv --label-col y", says=("--index",), ways=[
            (f"f.csv --label-col y --index {name}", softmax(x, y)),
            ("f.csv --label-col y --cols 1-3", softmax(x, y)),
        ])  # fmt: skip


@book("ids that do not agree")
def ids_apart(add: Book) -> None:
    x, y = example(5, 5, 3)
    ids = ["k3", "k1", "k5", "k2", "k4"]
    numbers = [730, 210, 555, 902, 118]
    for known in (ids, numbers):
        left = text([[k, *row] for k, row in zip(known, x, strict=True)], "id,a,b,c")
        missing = text([[k, c] for k, c in zip(known[1:], y[1:], strict=True)], "id,label")
        add.add({"l.csv": left, "y.csv": missing}, "l.csv y.csv", says=("--ids",), ways=[
            ("l.csv y.csv --ids inner", softmax(x[1:], y[1:])),
        ])  # fmt: skip
        shuffled = [4, 2, 3, 1]
        missing = text([[known[k], y[k]] for k in shuffled], "id,label")
        add.add({"l.csv": left, "y.csv": missing}, "l.csv y.csv", says=("--ids",), ways=[
            ("l.csv y.csv --ids inner", softmax(x[1:], y[1:])),
        ])  # fmt: skip
        other = [[f"{k}0", c] for k, c in zip(known, y, strict=True)]
        add.add({"l.csv": left, "y.csv": text(other, "id,label")}, "l.csv y.csv")
        double = [[known[0] if k == known[1] else k, c] for k, c in zip(known, y, strict=True)]
        add.add({"l.csv": left, "y.csv": text(double, "id,label")}, "l.csv y.csv")


@book("numbers behind a colon")
def colon(add: Book) -> None:
    wide, y = example(6, 5, 4)
    files = {"l.csv": text(wide, "0,1,2,3"), "y.csv": column(np.minimum(y, 1))}
    y = np.minimum(y, 1)
    for chosen in ("1,2", "1-2", "2,3"):
        first, last = int(chosen[0]), int(chosen[-1])
        places, names = wide[:, [first - 1, last - 1]], wide[:, [first, last]]
        add.add(files, f"l.csv:{chosen} y.csv", says=("#",), ways=[
            (f"l.csv:#{first},#{last} y.csv", softmax(places, y)),
            (f'l.csv:"{first}","{last}" y.csv', softmax(names, y)),
        ])  # fmt: skip
    named = {"l.csv": text(X, "cat,dog,eel"), "y.csv": T}
    for chosen in ("cat,dgo,eel", "2-5", "0-2", "4"):
        add.add(named, f"l.csv:{chosen} y.csv")
    add.add({"l.csv": L, "y.csv": T}, "l.csv:cat,dog y.csv")


@book("two header rows, and lines before the table")
def preambles(add: Book) -> None:
    for skip, before in (
        (1, "logits,logits,logits\n"),
        (1, "model,model,model\n"),
        (1, ",run 7,\n"),
        (1, "Results of run 7\n"),
        (2, "Results of run 7\n2026-01-05\n"),
        (3, "Model: resnet\nEpoch: 17\n\n"),
        (2, "% made by a script\n% columns are classes\n"),
        (1, "// logits\n"),
    ):
        add.add({"l.csv": before + text(X, "a,b,c"), "y.csv": T}, "l.csv y.csv", says=("--skip",), ways=[
            (f"l.csv y.csv --skip {skip}", RIGHT),
        ])  # fmt: skip
    units = text(X, "a,b,c\nnats,nats,nats")
    add.add({"l.csv": units, "y.csv": T}, "l.csv y.csv", says=("--skip",))


@book("lines after the table, and lines that do not fit")
def trailers(add: Book) -> None:
    for after in (
        "Total,1.0,2.0\n",
        "4 rows selected.\n",
        "\n(4 rows)\n",
        "mean,0.1,0.2,0.3\n",
        "a,b,c\n",
        "1.5,0.2\n",
        "1.5,0.2,1,4\n",
    ):
        add.add({"l.csv": L + after, "y.csv": T}, "l.csv y.csv")
    add.add(
        {"l.csv": "a,b,c\n" + L[: len(L) // 2] + "oops" + L[len(L) // 2 :], "y.csv": T},
        "l.csv y.csv",
    )
    tagged = "tag,n,p,y\n#good,0.1,0.9,1\nfine,0.4,0.6,1\n#odd,0.75,0.25,0\n"
    right = loss("probs", np.array([[0.1, 0.9], [0.4, 0.6], [0.75, 0.25]]), np.array([1, 1, 0]))
    add.add({"f.csv": tagged}, "f.csv --cols 2-3 --label-col y --input probs", says=("--comment",), also=right, ways=[
        ("f.csv --cols 2-3 --label-col y --input probs --comment none", right),
    ])  # fmt: skip


@book("one line, or none")
def one_line(add: Book) -> None:
    for content in (
        "",
        "\n",
        "\n\n\n",
        "# nothing\n",
        "\ufeff",
        "a,b,c\n",
        "a,b,c",
        "see the log\n",
    ):
        add.add({"l.csv": content, "y.csv": T}, "l.csv y.csv")
    add.add({"l.csv": L, "y.csv": ""}, "l.csv y.csv")
    add.add({"l.csv": L, "y.csv": "label\n"}, "l.csv y.csv")


@book("rows that differ by one")
def by_one(add: Book) -> None:
    """No hint to turn the array: the first row is the likelier cause."""
    x, y = example(8, 4, 3)
    add.add({"l.csv": text(x), "y.csv": column(y[:3])}, "l.csv y.csv", never=("--class-dim",))
    add.add(
        {"l.csv": text(x[:3]), "y.csv": column([2, 0, 1, 1])}, "l.csv y.csv", never=("--class-dim",)
    )
    add.add(
        {"l.csv": text(x), "y.csv": column([2, 1, 0, 2, 1])}, "l.csv y.csv", never=("--class-dim",)
    )
