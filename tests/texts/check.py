#!/usr/bin/env python3
"""Runs the corpus through an xent program and prints what came of it, by kind.

usage: check.py XENT [--only NAME] [--part healthy|unsettled] [--by program] [--list N]

XENT is a program of some environment: its Python runs the cases in process, in two processes at
once. NAME is a part of a case's name. Exit 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent.parent
WORKERS = 2
SECONDS = 60  # for a case


def main() -> int:
    options = arguments()
    if options.worker is not None:
        work(options)
        return 0
    python = (
        Path(options.xent).read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("#!").strip()
    )
    command = [python, "-P", __file__, options.xent, "--part", options.part, "--only", options.only]
    environment = {**os.environ, "NO_COLOR": "1"}
    with tempfile.TemporaryDirectory() as folder:
        reports = [Path(folder, str(k)) for k in range(WORKERS)]
        running = [
            subprocess.Popen(
                [*command, "--worker", str(k), "--report", str(report)], env=environment
            )
            for k, report in enumerate(reports)
        ]
        ends = [process.wait() for process in running]
        lines = [json.loads(line) for report in reports for line in report.read_text().splitlines()]
    wrong = table(lines, options.by)
    show(lines, options.list)
    if any(ends):
        print(f"a worker died: {ends}")
    return int(bool(wrong) or any(ends))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("xent")
    parser.add_argument("--only", default="")
    parser.add_argument("--part", choices=("all", "healthy", "unsettled"), default="all")
    parser.add_argument("--by", choices=("kind", "program"), default="kind")
    parser.add_argument("--list", type=int, default=20, metavar="N", help="failures shown")
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--report", help=argparse.SUPPRESS)
    return parser.parse_args()


def work(options: argparse.Namespace) -> None:
    """Every second case, one line of JSON each."""
    sys.path.insert(0, str(TESTS))
    from texts import healthy, unsettled

    everything: list[Any] = []
    if options.part != "unsettled":
        everything += healthy.cases()
    if options.part != "healthy":
        everything += unsettled.cases()
    mine = [case for case in everything if options.only in case.name][options.worker :: WORKERS]
    with Path(options.report).open("w", encoding="utf-8", buffering=1) as report:
        for case in mine:
            signal.alarm(SECONDS)  # ends the worker
            for line in results(case):
                report.write(json.dumps(line) + "\n")


def results(case: Any) -> list[dict[str, Any]]:
    """What came of a case, and of each way out of an unsettled one."""
    from texts import judge

    with judge.laid(case.files):
        run = in_process(case.argv)
        if not hasattr(case, "ways"):
            return [line(case, case.argv, judge.judged(case, run), run, case.program)]
        lines = [line(case, case.argv, judge.refusal(case, run), run, "")]
        for argv, number in case.ways:
            run = in_process(argv)
            verdict = judge.RIGHT if run.gives(number) else "way: " + judge.outcome(run)
            lines.append(line(case, argv, verdict, run, ""))
        return lines


def line(case: Any, argv: tuple[str, ...], verdict: str, run: Any, program: str) -> dict[str, Any]:
    part = "ways out of " if argv != case.argv else ""
    return {
        "name": case.name, "kind": part + case.kind, "argv": argv, "verdict": verdict,
        "program": program or part + "unsettled",
        "said": (run.stderr.strip() or run.stdout.strip())[:300],
    }  # fmt: skip


def in_process(argv: tuple[str, ...]) -> Any:
    """main(argv) with its two streams in files."""
    from texts.judge import Run

    from xent_cli.app import main as xent

    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        kept = os.dup(1), os.dup(2)
        sys.stdout.flush()
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        try:
            status, trace = int(xent(list(argv))), ""
        except BaseException as error:  # the judge calls it a crash
            status, trace = 70, f"Traceback: {error!r}"
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)
            for descriptor in kept:
                os.close(descriptor)
        out.seek(0)
        err.seek(0)
        return Run(
            status, out.read().decode(errors="replace"), err.read().decode(errors="replace") + trace
        )


def table(lines: list[dict[str, Any]], by: str) -> int:
    """Prints the counts; returns how many are wrong."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for entry in lines:
        counts[entry[by]][entry["verdict"]] += 1
    verdicts = ["right", *sorted({entry["verdict"] for entry in lines} - {"right"})]
    width = max(map(len, counts), default=0)
    print(" " * width, *(f"{verdict:>{max(6, len(verdict))}}" for verdict in verdicts))
    total: Counter[str] = Counter()
    for name, row in counts.items():
        print(
            name.ljust(width),
            *(f"{row[verdict] or '':>{max(6, len(verdict))}}" for verdict in verdicts),
        )
        total += row
    print(
        "all".ljust(width), *(f"{total[verdict]:>{max(6, len(verdict))}}" for verdict in verdicts)
    )
    return sum(total.values()) - total["right"]


def show(lines: list[dict[str, Any]], most: int) -> None:
    """Prints the first failures."""
    wrong = [entry for entry in lines if entry["verdict"] != "right"]
    for entry in wrong[:most]:
        said = entry["said"].replace("\n", "\n    ")
        print(
            f"\n{entry['name']}: {entry['verdict']}\n    xent {' '.join(entry['argv'])}\n    {said}"
        )


if __name__ == "__main__":
    sys.exit(main())
