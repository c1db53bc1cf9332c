"""The layout of a check, and of all there is to be found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from xent_cli.array_facts import Scalar
from xent_cli.diagnosis import ERROR, NOTE, WARNING
from xent_cli.reports.layouts.arrays import tab_lines
from xent_cli.reports.layouts.loss import inputs_sheet
from xent_cli.reports.sheets import Column, Layout, Line, Part, Sheet, Tone
from xent_cli.reports.text import plural
from xent_cli.results.check import CheckResult, DiagnosesResult

_HEADER = ("level", "id", "message", "hint", "fix")


def lay_out(result: CheckResult | DiagnosesResult) -> Layout:
    """What was found, what is probably meant, and the kinds that fit.

    `plain` and `csv` are one diagnosis a line: its level, id, message, hint and fix.
    """
    if isinstance(result, DiagnosesResult):
        return _listing(result)

    def records() -> list[Sequence[Scalar | None]]:
        return [
            (found.level, found.id, found.message, found.hint, fix)
            for found, fix in zip(result.diagnoses, result.fixes, strict=True)
        ]

    return Layout(tuple(_parts(result)), _HEADER, records, lambda: tab_lines(records()))


def _parts(result: CheckResult) -> Iterator[Part]:
    if result.inputs:
        yield inputs_sheet(result.inputs)
    if result.diagnoses:
        columns = (Column("level"), Column("found", fold=True))
        rows = []
        for found in result.diagnoses:
            rows.append((found.level, found.message))
            if found.hint is not None:
                rows.append(("", f"hint: {found.hint}"))
        yield Sheet(columns, tuple(rows))
    fixes = tuple(dict.fromkeys(fix for fix in result.fixes if fix is not None))
    if fixes:
        yield Line("probably meant:", "remark")
        yield from (Line(fix, "code") for fix in fixes)
    if result.kinds is not None:
        yield from _kinds(result)
    yield _verdict(result)


def _kinds(result: CheckResult) -> Iterator[Part]:
    kinds = result.kinds or ()
    if not kinds:
        yield Line("no kind fits without a word", "remark")
        return
    columns = (Column("kinds that fit"), Column("of"), Column("summary", fold=True))
    yield Sheet(columns, tuple((kind.kind, kind.input, kind.summary) for kind in kinds))
    yield from (Line(kind.command, "code") for kind in kinds if kind.command is not None)


def _verdict(result: CheckResult) -> Line:
    counts = {
        level: sum(found.level == level for found in result.diagnoses)
        for level in (ERROR, WARNING, NOTE)
    }
    told = ", ".join(f"{n} {plural(n, level)}" for level, n in counts.items() if n)
    tone: Tone = "bad" if counts[ERROR] else "doubtful" if counts[WARNING] else "good"
    return Line(f"{result.kind}: {told or 'nothing to be said'}", tone)


def _listing(result: DiagnosesResult) -> Layout:
    """A sheet for each occasion; for programs one diagnosis a line."""
    cells = [(entry.id, entry.level, entry.told, entry.about) for entry in result.entries]
    columns = (Column("id"), Column("level"), Column("finds", fold=True))
    sheets = tuple(
        Sheet(columns, tuple((id, level, about) for id, level, _, about in group), told)
        for told, group in groupby(sorted(cells, key=_occasion), key=_occasion)
    )
    return Layout(sheets, ("id", "level", "told", "about"), lambda: cells, lambda: tab_lines(cells))


def _occasion(cells: tuple[str, str, str, str]) -> str:
    return cells[2]
