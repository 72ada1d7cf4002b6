"""What a newcomer may rely on: file and function sizes, where async lives, how kernels are compiled, tests beside modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("transit", "signals", "parking", "feeds", "server", "bench")
MOST_LINES, MOST_TEST_LINES = 300, 400
MOST_FUNCTION, MOST_KERNEL = 40, 80
LONGER_FILES = {
    "transit/kernels/matching.py": 360,  # one stage: a cached kernel calls only kernels of its own file
    "signals/kernels/measures.py": 400,  # one pass: arrivals and occupancy are judged by the state of that moment
    "transit/kernels/columns.py": 313,  # a column a line
}
LONGER_FUNCTIONS = {
    "bench/workload.py:network_of": 62,  # one call with a keyword a line
}


def sources(*packages: str) -> Iterator[Path]:
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "node_modules" not in path.parts:
                yield path


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement after the docstring to the last."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_files_are_short() -> None:
    long = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in sources(*PACKAGES)}
    assert {name: lines for name, lines in long.items() if lines > LONGER_FILES.get(name, MOST_LINES)} == {}


def test_tests_are_short() -> None:
    long = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in sources("tests")}
    assert {name: lines for name, lines in long.items() if lines > MOST_TEST_LINES} == {}


def test_functions_are_short_and_kernels_not_much_longer() -> None:
    long = {
        f"{path.relative_to(ROOT)}:{function.name}": body_lines(function)
        for path in sources(*PACKAGES)
        for function in functions(path)
        if body_lines(function) > (MOST_KERNEL if "kernels" in path.parts else MOST_FUNCTION)
    }
    assert {name: lines for name, lines in long.items() if lines > LONGER_FUNCTIONS.get(name, 0)} == {}


def test_the_pure_packages_have_no_coroutines() -> None:
    pure = sources("transit", "signals", "parking", "feeds")
    found = [path for path in pure if any(isinstance(f, ast.AsyncFunctionDef) for f in functions(path))]
    assert found == []


def test_every_kernel_is_cached_and_releases_the_gil() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{function.name}"
        for path in sources("transit/kernels", "signals/kernels", "parking/kernels", "feeds/kernels")
        for function in functions(path)
        for decorator in map(ast.unparse, function.decorator_list)
        if decorator.startswith("njit") and not ("cache=True" in decorator and "nogil=True" in decorator)
    ]
    assert wrong == []


def test_every_package_module_says_what_it_holds() -> None:
    silent = [path for path in sources(*PACKAGES) if ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None]
    assert silent == []
