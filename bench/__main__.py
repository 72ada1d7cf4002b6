"""`python -m bench NAME [--smoke] [--json]`, `python -m bench all`, `python -m bench --list`.

A bench is a module here with `run(smoke) -> Iterable[Row | str]`: rows, and notes as strings. With --json standard output is one
JSON array of rows, and everything else goes to standard error. A smoke run shows that it works; its figures mean nothing.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from bench.capacity import capacity
from bench.machine import machine_line
from bench.rows import Row, table


def titles() -> dict[str, str]:
    """Every bench and the first line of its docstring, read without importing it."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "run" for node in tree.body):
            found[path.stem] = (ast.get_docstring(tree) or "").partition("\n")[0]
    return found


def run_bench(name: str, smoke: bool) -> Iterable[Row | str]:
    """Rows and notes of one bench, as they come."""
    results: Iterable[Row | str] = importlib.import_module(f"bench.{name}").run(smoke)
    return results


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; exit code 2 when there is no such bench, 1 when one failed."""
    known = titles()
    options = _options(arguments)
    if options.list or not options.names:
        for name, title in known.items():
            print(f"{name:<10} {title}")
        return 0 if options.list else 2
    names = list(known) if "all" in options.names else options.names
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"there is no bench {unknown[0]}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    with _standard_output() as standard:
        return _run(names, known, options, standard)


def _run(names: Sequence[str], known: Mapping[str, str], options: argparse.Namespace, standard: TextIO) -> int:
    out = sys.stderr if options.json else standard
    print(machine_line(), file=out, flush=True)
    measured: list[Row] = []
    printed: list[dict[str, object]] = []
    failed = 0
    for name in names:
        print(f"\n{name}: {known[name]}", file=out, flush=True)
        rows, error = _show(name, options.smoke, out)
        if error is not None:
            failed += 1
            if len(names) == 1:
                raise error
            print(f"failed: {type(error).__name__}: {error}", file=out)
        measured += rows
        printed += [{"bench": name, **row.to_json()} for row in rows]
    for line in capacity(measured) if len(names) > 1 else ():
        print(line, file=out)
    if options.json:
        print(json.dumps(printed, indent=1), file=standard)
    return 1 if failed else 0


@contextmanager
def _standard_output() -> Iterator[TextIO]:
    """Standard output for us alone: what libraries write there meanwhile goes to standard error."""
    sys.stdout.flush()
    ours = os.dup(1)
    try:
        os.dup2(2, 1)
        with os.fdopen(os.dup(ours), "w", encoding="utf-8") as stream:
            yield stream
    finally:
        sys.stdout.flush()
        os.dup2(ours, 1)
        os.close(ours)


def _show(name: str, smoke: bool, out: TextIO) -> tuple[list[Row], Exception | None]:
    """Runs one bench and prints its rows, then its notes."""
    rows: list[Row] = []
    notes: list[str] = []
    failure = None
    try:
        for one in run_bench(name, smoke):
            if isinstance(one, str):
                notes.append(one)
            else:
                rows.append(one)
    except Exception as error:
        failure = error
    if rows:
        print(table(rows), file=out)
    for note in notes:
        print(note, file=out, flush=True)
    return rows, failure


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Ours beside a baseline, measured in the same run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="benches to run; all: every one")
    parser.add_argument("--list", action="store_true", help="name every bench")
    parser.add_argument("--smoke", action="store_true", help="small and quick: only shows that it runs")
    parser.add_argument("--json", action="store_true", help="rows as one JSON array")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
