"""Files that are no plain table of numbers, and are called what they are."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import zipfile

import numpy as np
from texts.unsettled import RIGHT, Book, L, T, X, book, text

POINTER = (
    f"version https://git-lfs.github.com/spec/v1\noid sha256:{'4d7a214614ab2935' * 4}\nsize 12345\n"
)
PAGE = (
    "<!DOCTYPE html>\n<html><head><title>404</title></head>\n<body><p>Not found</p></body></html>\n"
)


def archive(*members: str) -> bytes:
    """A zip with these members, as .xlsx, .pt and plain zips are."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as bag:
        for member in members:
            bag.writestr(zipfile.ZipInfo(member), b"<xml/>" if member.endswith("xml") else b"0,1\n")
    return buffer.getvalue()


@book("other formats")
def formats(add: Book) -> None:
    rows = X.tolist()
    for content in (
        json.dumps(rows),
        json.dumps(rows) + "\n",
        json.dumps(rows, indent=1) + "\n",
        json.dumps({"logits": rows}) + "\n",
        "".join(json.dumps(row) + "\n" for row in rows),
        "".join(json.dumps({"a": row[0], "b": row[1], "c": row[2]}) + "\n" for row in rows),
    ):
        add.add({"l.csv": content, "y.csv": T}, "l.csv y.csv", says=("JSON",), also=RIGHT)
    table = (
        "<table>\n"
        + "".join("<tr>" + "".join(f"<td>{v}</td>" for v in row) + "</tr>\n" for row in rows)
        + "</table>\n"
    )
    for content in (PAGE, table, "<html>\n<body>\n<p>1,2,3</p>\n"):
        add.add({"l.csv": content, "y.csv": T}, "l.csv y.csv", says=("HTML",))
    for name in ("l.csv", "l.npy", "l.safetensors", "l.npz", "l.txt"):
        add.add({name: POINTER, "y.csv": T}, f"{name} y.csv", says=("LFS",))
    sheet = archive(
        "[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/worksheets/sheet1.xml"
    )
    for name in ("l.xlsx", "l.csv", "l.npz"):
        add.add({name: sheet, "y.csv": T}, f"{name} y.csv", says=("Excel",))
    for name in ("l.xls", "l.csv"):
        add.add(
            {name: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), "y.csv": T},
            f"{name} y.csv",
            says=("Excel",),
        )
    for name in ("l.pkl", "l.csv", "l.npy"):
        add.add(
            {name: pickle.dumps(rows, protocol=4), "y.csv": T}, f"{name} y.csv", says=("pickle",)
        )
    torch = archive("archive/data.pkl", "archive/data/0", "archive/version")
    for name in ("l.pt", "l.csv"):
        add.add({name: torch, "y.csv": T}, f"{name} y.csv")
    add.add({"l.csv": archive("l.csv"), "y.csv": T}, "l.csv y.csv", says=("zip",))
    for mark in (b"PAR1", b"ARROW1\0\0", b"\x89HDF\r\n\x1a\n", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n"):
        add.add({"l.csv": mark + bytes(60) + mark[:4], "y.csv": T}, "l.csv y.csv")


@book("compressed under another suffix")
def compressed(add: Book) -> None:
    raw = L.encode()
    packed = {
        "gzip": gzip.compress(raw, mtime=0),
        "bzip2": bz2.compress(raw),
        "xz": lzma.compress(raw),
    }
    for word, content in packed.items():
        add.add({"l.csv": content, "y.csv": T}, "l.csv y.csv", says=(word,), also=RIGHT)
    add.add({"l.txt": packed["gzip"], "y.csv": T}, "l.txt y.csv", says=("gzip",), also=RIGHT)


@book("cells that hold more than a number")
def cells(add: Book) -> None:
    rows = X.tolist()
    for content in (
        "".join(f"tensor({row})\n" for row in rows),
        "".join(f"\"tensor({row}, device='cuda:0')\"\n" for row in rows),
        "logits\n" + "".join(f'"tensor({row})"\n' for row in rows),
        "tensor(" + "\n       ".join(map(str, rows)) + ")\n",
    ):
        add.add({"l.csv": content, "y.csv": T}, "l.csv y.csv", says=("tensor",))
    for content in (
        "logits\n" + "".join(f'"{row}"\n' for row in rows),
        "logits,label\n" + "".join(f'"{row}",0\n' for row in rows),
        "logits\n" + "".join(f"{np.array(row)}\n" for row in rows),
        "id,logits\n" + "".join(f'{k},"{np.array(row)}"\n' for k, row in enumerate(rows)),
        f"{np.array(rows)}\n",
        "".join(f"array({row})\n" for row in rows),
        "".join(f"({row[0]}, {row[1]}, {row[2]})\n" for row in rows),
        "".join(f"np.float64({row[0]}),np.float64({row[1]})\n" for row in rows),
        "".join(f"{row[0]}+0j,{row[1]}+0j\n" for row in rows),
        "".join("| " + " | ".join(map(str, row)) + " |\n" for row in rows).replace(
            "\n", "\n|---|---|---|\n", 1
        ),
        "".join(" & ".join(map(str, row)) + " \\\\\n" for row in rows),
        "".join(f"1 1:{row[0]} 2:{row[1]} 3:{row[2]}\n" for row in rows),
        "".join("row: " + " ".join(map(str, row)) + "\n" for row in rows),
    ):
        add.add({"l.csv": content, "y.csv": T}, "l.csv y.csv")


@book("numbers spelt otherwise")
def spelt(add: Book) -> None:
    fortran = text([[f"{v:.4E}".replace("E", "D") for v in row] for row in X])
    add.add({"l.csv": fortran, "y.csv": T}, "l.csv y.csv", says=("Fortran",), also=RIGHT)
    add.add(
        {"l.csv": fortran.replace(",", " "), "y.csv": T},
        "l.csv y.csv",
        says=("Fortran",),
        also=RIGHT,
    )
    add.add({"l.csv": "1.0D0,2.0D0\n", "y.csv": "0\n"}, "l.csv y.csv", says=("Fortran",))
    odd = text([[f"{v}" for v in row] for row in X])
    for old, new in (("\n", "f\n"), (",", "L,"), ("\n", ".0.1\n"), ("\n", " nats\n")):
        add.add({"l.csv": odd.replace(old, new), "y.csv": T}, "l.csv y.csv")
    for word in ("1.#QNAN", "-1.#IND", "1.#INF", "0x1.8p1", "1e", "--1", "1_0,5"):
        lines = odd.split("\n")
        lines[1] = word + lines[1][lines[1].index(",") :]
        add.add({"l.csv": "\n".join(lines), "y.csv": T}, "l.csv y.csv")


@book("encodings")
def encodings(add: Book) -> None:
    content = text(X, "größe,été,señal")
    for encoding in ("latin-1", "cp1252"):
        add.add({"l.csv": content.encode(encoding), "y.csv": T}, "l.csv y.csv", says=("--encoding",), ways=[
            (f"l.csv y.csv --encoding {encoding}", RIGHT),
        ])  # fmt: skip
    # Also in a column that nobody reads.
    rows = [
        [*row, label, word]
        for row, label, word in zip(X, [0, 1, 2, 0], ["é", "b", "ü", "d"], strict=True)
    ]
    unread = text(rows, "a,b,c,y,remark").encode("latin-1")
    add.add({"f.csv": unread}, "f.csv --cols 1-3 --label-col y", says=("--encoding",), ways=[
        ("f.csv --cols 1-3 --label-col y --encoding latin-1", RIGHT),
    ])  # fmt: skip
    for encoding in ("utf-16-le", "utf-16-be"):
        add.add({"l.csv": text(X, "a,b,c").encode(encoding), "y.csv": T}, "l.csv y.csv", says=("--encoding",), also=RIGHT, ways=[
            (f"l.csv y.csv --encoding {encoding}", RIGHT),
        ])  # fmt: skip
    add.add({"l.csv": text(X, "a,b,c").encode("utf-32-le"), "y.csv": T}, "l.csv y.csv", says=("--encoding",), also=RIGHT, ways=[
        ("l.csv y.csv --encoding utf-32-le", RIGHT),
    ])  # fmt: skip
    add.add(
        {"l.csv": text(X, "größe,ß,é").encode("cp437"), "y.csv": T},
        "l.csv y.csv",
        says=("--encoding",),
    )
