"""How programs write a table as text: their numbers, quotes, line ends and encodings, as data.

`written_by_programs.py` compares these rules with the programs that can be installed here.
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

Cell = float | int | bool | str | None
MARKS = {
    "utf-8-sig": (codecs.BOM_UTF8, "utf-8"),
    "utf-16-le": (codecs.BOM_UTF16_LE, "utf-16-le"),
    "utf-16-be": (codecs.BOM_UTF16_BE, "utf-16-be"),
}


@dataclass(frozen=True)
class Table:
    """Columns of cells below their names; `header` None: no first row, one name short: R's own."""

    header: Sequence[str | int] | None
    columns: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Dialect:
    """What a program, with its options, writes around and inside the cells.

    special: what else makes a cell need quotes, as a pattern.
    quotes: minimal (where a cell needs them), all, strings (every word, names included), none.
    """

    program: str
    number: Callable[[float], str]
    sep: str = ","
    decimal: str = "."
    newline: str = "\n"
    final: bool = True
    quotes: str = "minimal"
    special: str = ""
    encoding: str = "utf-8"
    first: str = ""
    prefix: str = ""
    truth: tuple[str, str] = ("True", "False")
    missing: str = ""
    names: Callable[[int], list[str | int]] | None = None

    def value(self, x: float) -> float:
        """What a reader of the written number gets."""
        return float(self.number(x))

    def values(self, x: np.ndarray) -> np.ndarray:
        """`value` of each element, in float64."""
        flat = [self.value(item) for item in x.ravel()]
        return np.array(flat, np.float64).reshape(x.shape)

    def cell(self, cell: Cell) -> str:
        """One cell, quoted as the program quotes it."""
        if cell is None:
            return '""' if self.quotes == "all" else self.missing
        if isinstance(cell, bool | np.bool_):
            text = self.truth[not cell]
        elif isinstance(cell, int | np.integer):
            text = str(cell)
        elif isinstance(cell, str):
            text = cell
        else:
            text = self.number(cell).replace(".", self.decimal)
        special = any(mark in text for mark in (self.sep, '"', "\n", "\r"))
        special |= bool(self.special and re.search(self.special, text))
        word = isinstance(cell, str)
        if (
            self.quotes == "all"
            or (self.quotes == "strings" and word)
            or (self.quotes == "minimal" and special)
        ):
            text = '"' + text.replace('"', '""') + '"'
        return text

    def text(self, table: Table) -> str:
        """All the lines."""
        lines = []
        if table.header is not None:
            lines.append(self.prefix + self.sep.join(map(self.cell, table.header)))
        lines += [self.sep.join(map(self.cell, row)) for row in zip(*table.columns, strict=True)]
        return self.first + self.newline.join(lines) + (self.newline if self.final else "")

    def write(self, table: Table) -> bytes:
        """The file."""
        mark, encoding = MARKS.get(self.encoding, (b"", self.encoding))
        return mark + self.text(table).encode(encoding)


def shortest(x: float) -> str:
    """Pandas and Python: the shortest digits that give the number (of its own width) again."""
    return str(np.asarray(x)[()])


def printf(form: str) -> Callable[[float], str]:
    """C's printf, as `float_format`, `fmt` and OFMT take it."""
    return lambda x: form % float(x)


def polars_number(x: float) -> str:
    """Shortest; plain digits from 1e-5 to below 1e16."""
    if x == 0 or abs(x) >= 1e-5:
        return np.format_float_positional(x, unique=True, trim="0")
    mantissa, exponent = np.format_float_scientific(x, unique=True, trim="-").split("e")
    return f"{mantissa}e{int(exponent)}"


def julia_number(x: float) -> str:
    """Shortest; plain digits from 1e-4 to below 1e6, else 1.0e-5."""
    if x == 0 or 1e-4 <= abs(x) < 1e6:
        return np.format_float_positional(x, unique=True, trim="0")
    mantissa, exponent = np.format_float_scientific(x, unique=True, trim="0").split("e")
    return f"{mantissa}e{int(exponent)}"


def r_number(x: float) -> str:
    """R: as few of 15 digits as tell the number, in the shorter notation, plain where equal."""
    mantissa, exponent = f"{float(x):.14e}".split("e")
    power, digits = int(exponent), len(mantissa.lstrip("-").replace(".", "").rstrip("0")) or 1
    right = max(0, digits - power - 1)
    plain = max(power, 0) + 1 + (right + 1 if right else 0)
    scientific = 1 + (digits if digits > 1 else 0) + (4 if abs(power) < 100 else 5)
    return f"{x:.{right}f}" if plain <= scientific else f"{x:.{digits - 1}e}"


def excel_number(x: float) -> str:
    """Excel's General format, which is what its text formats contain: 11 characters."""
    x = float(x)
    if x == int(x) and abs(x) < 1e11:
        return str(int(x))
    power = math.floor(math.log10(abs(x)))
    width = 12 if x < 0 else 11
    plain = _trimmed(f"{x:.12f}")
    if -4 <= power <= -1:
        return _trimmed(f"{x:.{9}f}")
    if len(plain) <= width:
        return plain
    plain = _trimmed(f"{x:.{max(0, 9 - power)}f}")
    if power >= 0 and len(plain) <= width:
        return plain
    mantissa, exponent = f"{x:.5E}".split("E")
    return f"{_trimmed(mantissa)}E{exponent}"


def calc_number(x: float) -> str:
    """LibreOffice's General format: at most ten decimals."""
    return _trimmed(f"{x:.10f}")


def sqlite_number(x: float) -> str:
    """SQLite: %!.15g, which always has a point."""
    mantissa, mark, exponent = f"{float(x):.15g}".partition("e")
    return (mantissa if "." in mantissa else mantissa + ".0") + mark + exponent


def _trimmed(digits: str) -> str:
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def counted(form: str, start: int = 0) -> Callable[[int], list[str | int]]:
    """Names that a program makes up: V1, V2, ..."""
    return lambda width: [form.format(k + start) for k in range(width)]


PANDAS = Dialect("pandas.to_csv", shortest, names=lambda width: list(range(width)))
SAVETXT = Dialect("numpy.savetxt", printf("%.18e"), sep=" ", prefix="# ", quotes="none")
POLARS = Dialect(
    "polars.write_csv", polars_number, truth=("true", "false"), names=counted("column_{}"),
    special="^$",
)  # fmt: skip
R = Dialect(
    "R write.csv", r_number, quotes="strings", truth=("TRUE", "FALSE"), missing="NA",
    names=counted("V{}", 1),
)  # fmt: skip
R_TABLE = replace(R, program="R write.table", sep=" ")
FWRITE = replace(R, program="R fwrite", quotes="minimal", missing="")
EXCEL = Dialect("Excel", excel_number, newline="\r\n", truth=("TRUE", "FALSE"))
MATLAB = Dialect("MATLAB writetable", printf("%.15g"), names=counted("Var{}", 1))
JULIA = Dialect("Julia CSV.jl", julia_number, truth=("true", "false"), names=counted("x{}", 1))
CALC = Dialect("LibreOffice", calc_number, truth=("TRUE", "FALSE"))
SQLITE = Dialect("sqlite3", sqlite_number, special="[\x00-\x20'\x7f-\U0010ffff]")
AWK = Dialect("awk", printf("%.6g"), sep=" ", quotes="none")

COMMON = (
    PANDAS,
    replace(PANDAS, sep=";"),
    replace(PANDAS, sep="\t"),
    replace(PANDAS, sep="|"),
    replace(PANDAS, sep=";", decimal=","),
    replace(PANDAS, newline="\r\n"),
    replace(PANDAS, newline="\r"),
    replace(PANDAS, quotes="all"),
    replace(PANDAS, quotes="strings", missing='""'),
    replace(PANDAS, quotes="strings", sep="\t", missing='""'),
    replace(PANDAS, number=printf("%.2f")),
    replace(PANDAS, number=printf("%.6f"), sep="\t"),
    replace(PANDAS, number=printf("%g")),
    replace(PANDAS, encoding="utf-8-sig"),
    replace(PANDAS, encoding="utf-16-le"),
    replace(PANDAS, sep="\t", encoding="utf-16-be"),
    POLARS,
    replace(POLARS, sep=";"),
    replace(POLARS, sep="\t"),
    replace(POLARS, quotes="all"),
    replace(POLARS, quotes="strings"),
    replace(POLARS, newline="\r\n"),
    replace(POLARS, encoding="utf-8-sig"),
    replace(POLARS, sep=";", decimal=","),
    replace(POLARS, number=printf("%.3f")),
)
TABLES = (
    *COMMON,
    R,
    replace(R, program="R write.csv2", sep=";", decimal=","),
    replace(R, program="R write.table", sep="\t", quotes="none"),
    FWRITE,
    replace(FWRITE, sep="\t"),
    replace(FWRITE, sep=";", decimal=","),
    EXCEL,
    replace(EXCEL, program="Excel, CSV UTF-8", encoding="utf-8-sig"),
    replace(EXCEL, program="Excel, Unicode text", sep="\t", encoding="utf-16-le"),
    replace(EXCEL, program="Excel, CSV (Macintosh)", newline="\r"),
    replace(EXCEL, program="Excel, German", sep=";", decimal=","),
    replace(EXCEL, program="Excel, German, CSV UTF-8", sep=";", decimal=",", encoding="utf-8-sig"),
    replace(
        EXCEL, program="Excel, German, Unicode text", sep="\t", decimal=",", encoding="utf-16-le"
    ),
    MATLAB,
    replace(MATLAB, sep="\t"),
    JULIA,
    replace(JULIA, sep="\t"),
    CALC,
    replace(CALC, sep=";"),
    replace(CALC, program="LibreOffice, German", decimal=","),
    SQLITE,
    replace(SQLITE, sep="|", quotes="none"),
    replace(SQLITE, sep="\t", quotes="none"),
)
BARE = (
    *COMMON,
    SAVETXT,
    replace(SAVETXT, number=printf("%.6f"), sep=","),
    replace(SAVETXT, number=printf("%.4f"), sep="\t"),
    replace(SAVETXT, number=printf("%.8g"), sep=";"),
    replace(SAVETXT, number=printf("%10.5f"), sep=" "),
    replace(SAVETXT, number=printf("%g"), sep=", "),
    replace(MATLAB, program="MATLAB writematrix"),
    replace(MATLAB, program="MATLAB writematrix", sep="\t"),
    replace(MATLAB, program="MATLAB writematrix", sep=" "),
    replace(JULIA, program="Julia writedlm", sep="\t"),
    replace(JULIA, program="Julia writedlm"),
    R_TABLE,
    EXCEL,
    replace(EXCEL, final=False),
    replace(EXCEL, program="Excel, German", sep=";", decimal=","),
    replace(EXCEL, program="Excel, Unicode text", sep="\t", encoding="utf-16-le"),
    replace(CALC, sep=";"),
    replace(CALC, program="LibreOffice, German", decimal=","),
    SQLITE,
    replace(SQLITE, sep="|", quotes="none"),
    AWK,
    replace(AWK, sep="\t"),
    replace(AWK, sep=","),
    replace(AWK, sep=",", final=False),
    replace(AWK, sep="|"),
)
