#!/usr/bin/env python3
"""Writes the tables of the corpus with the programs that are here, and compares the bytes.

usage: written_by_programs.py (pandas, polars, numpy.savetxt, sqlite3 and awk; no part of the
ordinary tests). R, Excel, MATLAB, Julia and LibreOffice follow their documentation.
"""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from texts import healthy
from texts.programs import MARKS, Dialect, Table

QUOTING = {"minimal": csv.QUOTE_MINIMAL, "all": csv.QUOTE_ALL, "strings": csv.QUOTE_NONNUMERIC}


def form(dialect: Dialect) -> str | None:
    """The printf form of a dialect, if its numbers have one."""
    closure = getattr(dialect.number, "__closure__", None)
    return closure[0].cell_contents if closure else None


def by_pandas(dialect: Dialect, table: Table) -> bytes:
    made = pd.DataFrame(dict(enumerate(map(list, table.columns))))
    text = made.to_csv(
        sep=dialect.sep, decimal=dialect.decimal, lineterminator=dialect.newline, index=False,
        header=list(table.header) if table.header is not None else False,
        quoting=QUOTING[dialect.quotes], float_format=form(dialect),
    )  # fmt: skip
    mark, encoding = MARKS.get(dialect.encoding, (b"", dialect.encoding))
    return mark + text.encode(encoding)


def by_polars(dialect: Dialect, table: Table) -> bytes:
    header = table.header if table.header is not None else range(len(table.columns))
    made = pl.DataFrame(
        {str(name): list(cells) for name, cells in zip(header, table.columns, strict=True)},
        strict=False,
    )
    buffer = io.BytesIO()
    digits = form(dialect)
    made.write_csv(
        buffer, include_bom=dialect.encoding == "utf-8-sig", include_header=table.header is not None,
        separator=dialect.sep, line_terminator=dialect.newline, decimal_comma=dialect.decimal == ",",
        quote_style={"minimal": "necessary", "all": "always", "strings": "non_numeric"}[dialect.quotes],
        float_precision=int(digits[2:-1]) if digits else None,
    )  # fmt: skip
    return buffer.getvalue()


def by_numpy(dialect: Dialect, table: Table) -> bytes:
    buffer = io.BytesIO()
    header = dialect.sep.join(map(str, table.header)) if table.header is not None else ""
    whole = [all(isinstance(cell, int) for cell in column) for column in table.columns]
    forms = ["%d" if integers else form(dialect) for integers in whole]
    np.savetxt(
        buffer, np.array(table.columns, float).T, forms, delimiter=dialect.sep, header=header
    )
    return buffer.getvalue()


def by_sqlite(dialect: Dialect, table: Table) -> bytes:
    mode = {",": "-csv", "|": "-list", "\t": "-tabs"}[dialect.sep]
    names = [f"c{k}" for k in range(len(table.columns))]
    shown = ", ".join(
        f'{name} as "{said}"' for name, said in zip(names, table.header or names, strict=True)
    )
    rows = [", ".join(map(literal, row)) for row in zip(*table.columns, strict=True)]
    script = f"create table t({', '.join(names)});\ninsert into t values {', '.join(f'({row})' for row in rows)};\nselect {shown} from t;\n"
    command = ["sqlite3", mode, *(["-header"] if table.header is not None else []), ":memory:"]
    return subprocess.run(command, input=script.encode(), capture_output=True, check=True).stdout


def literal(cell: object) -> str:
    if cell is None:
        return "null"
    return (
        f"'{cell}'"
        if isinstance(cell, str)
        else repr(float(cell) if isinstance(cell, float) else int(cell))
    )


def by_awk(dialect: Dialect, table: Table) -> bytes:
    rows = "\n".join(
        " ".join(repr(float(cell)) if isinstance(cell, float) else str(cell) for cell in row)
        for row in zip(*table.columns, strict=True)
    )
    script = "{for (k = 1; k <= NF; k++) $k += 0; print}"
    done = subprocess.run(
        ["awk", "-v", f"OFS={dialect.sep}", "-v", "CONVFMT=%.6g", "-v", "OFMT=%.6g", script],
        input=(rows + "\n").encode(),
        capture_output=True,
        check=True,
    )
    return done.stdout if dialect.final else done.stdout.removesuffix(b"\n")


WRITERS = {
    "pandas.to_csv": by_pandas, "polars.write_csv": by_polars, "numpy.savetxt": by_numpy,
    "sqlite3": by_sqlite, "awk": by_awk,
}  # fmt: skip


def main() -> int:
    same: Counter[str] = Counter()
    other: Counter[str] = Counter()
    for case in healthy.cases():
        for name, (dialect, table) in case.written.items():
            writer = WRITERS.get(dialect.program)
            if not writer or case.kind == "lines":
                continue
            written = writer(dialect, table)
            if written == case.files[name]:
                same[dialect.program] += 1
            else:
                other[dialect.program] += 1
                if other[dialect.program] < 6:
                    print(
                        f"{case.name} {name}: corpus, {dialect.program}\n  {case.files[name][:200]!r}\n  {written[:200]!r}"
                    )
    for program in WRITERS:
        print(f"{program}: {same[program]} files equal, {other[program]} not")
    return int(bool(other))


if __name__ == "__main__":
    sys.exit(main())
