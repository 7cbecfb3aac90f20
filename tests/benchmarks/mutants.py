"""Whether tests notice small faults: mutants of the code, each tried by the tests of its own package.

``make bench BENCH=mutants``, or ``BENCH="mutants --count 30 --only rules"``. A comparison, sign, boolean
operator, condition or number is turned, in a copy of the tree. First the tests run once and tell which
functions each of them calls; a mutant is tried by those that call its function, and by the whole package when
it survives them. Prints how many died per package, and every survivor.
"""

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from time import perf_counter
from typing import Any

import hypothesis
import pytest

ROOT = Path(__file__).parents[2]
SOURCE = Path("src/hotspots")
TARGETS = (
    *("detection", "tracking", "geocoding"),
    *("publishing/disclosure.py", "access/rights.py", "casework/workflow.py", "statistics/trends.py"),
)
PARTS = ("api", "src", "jobs", "tests", "config", "geodata", "docs", "pyproject.toml")
WORKERS = 2
TIMES_SLOWER = 10
"""A mutant that takes so many times what the tests take without it hangs, which is a death."""

CALLS = "MUTANTS_CALLS"
"""Names the file for what each test calls, where this module as a plugin of pytest is to follow them."""

COMPARISONS: Mapping[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
SIGNS: Mapping[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
UNSEEN_KEYWORDS = frozenset({"strict", "copy", "maxsize", "stacklevel", "workers"})
"""Arguments that change nothing when the code is right."""


@dataclass(frozen=True)
class Mutant:
    """One change of one expression: where, what it was and is, and the whole text of the file with it."""

    file: str
    line: int
    function: int
    before: str
    after: str
    text: str

    @property
    def package(self) -> str:
        """Whose tests try it."""
        return Path(self.file).relative_to(SOURCE).parts[0]

    def __str__(self) -> str:
        """File, line and change."""
        return f"{self.file}:{self.line}: {self.before}  ->  {self.after}"


@dataclass(frozen=True)
class Calls:
    """What the tests of a package call: seconds per test, and tests per function (file and first line)."""

    seconds: Mapping[str, float]
    tests_of: Mapping[tuple[str, int], frozenset[str]]

    def chosen_for(self, mutant: Mutant) -> list[str]:
        """Tests that call the function of a mutant, those of its own module first, then the quickest."""
        own = f"test_{Path(mutant.file).stem}.py"
        tests = self.tests_of.get((mutant.file, mutant.function), frozenset())
        return sorted(tests, key=lambda test: (own not in test, self.seconds[test], test))


def mutants_of(path: Path) -> list[Mutant]:
    """All mutants of a module."""
    text = path.read_text(encoding="utf-8")
    file = str(path.relative_to(ROOT))
    found = []
    for node, function, is_condition in _expressions(ast.parse(text), 0):
        conditions = [ast.UnaryOp(ast.Not(), node)] if is_condition else []
        for turned in (*conditions, *_turned(node, in_function=function > 0)):
            before, after = ast.unparse(node), ast.unparse(turned)
            replaced = _replaced(text, node, f"({after})")
            found.append(Mutant(file, node.lineno, function, before, after, replaced))
    return found


def _expressions(
    node: ast.AST, function: int, *, is_condition: bool = False
) -> Iterator[tuple[ast.expr, int, bool]]:
    """Every expression that acts, the first line of its function (0: none), and whether it is a condition."""
    if isinstance(node, ast.JoinedStr | ast.Raise | ast.Import | ast.ImportFrom):
        return
    if isinstance(node, ast.expr):
        is_plain = not isinstance(node, ast.Compare | ast.BoolOp | ast.UnaryOp)
        yield node, function, is_condition and is_plain
    is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "bases"):
            continue
        first = _first_line(node) if is_function and field == "body" else function
        for child in value if isinstance(value, list) else [value]:
            is_unseen = isinstance(child, ast.keyword) and child.arg in UNSEEN_KEYWORDS
            if isinstance(child, ast.AST) and not is_unseen:
                is_test = field == "test" and isinstance(node, ast.If | ast.While | ast.IfExp)
                yield from _expressions(child, first, is_condition=is_test)


def _first_line(node: Any) -> int:
    return int(min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]))


def _turned(node: ast.expr, *, in_function: bool) -> Iterator[ast.expr]:
    """What an expression becomes; a union of types outside functions is none."""
    match node:
        case ast.Compare():
            for place, operator in enumerate(node.ops):
                for other in COMPARISONS[type(operator)]:
                    yield _changed(node, ops=[*node.ops[:place], other(), *node.ops[place + 1 :]])
        case ast.BoolOp():
            yield _changed(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield node.operand
        case ast.BinOp() if type(node.op) in SIGNS and in_function:
            yield _changed(node, op=SIGNS[type(node.op)]())
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(value + 1)
        case ast.ListComp() | ast.GeneratorExp() | ast.SetComp() | ast.DictComp():
            yield from _without_conditions(node)


def _without_conditions(node: Any) -> Iterator[ast.expr]:
    for place, generator in enumerate(node.generators):
        if generator.ifs:
            turned = deepcopy(node)
            turned.generators[place].ifs = [ast.UnaryOp(ast.Not(), condition) for condition in generator.ifs]
            yield turned


def _changed(node: Any, **fields: Any) -> Any:
    turned = deepcopy(node)
    for name, value in fields.items():
        setattr(turned, name, value)
    return turned


def _replaced(text: str, node: ast.expr, new: str) -> str:
    assert node.end_lineno is not None
    lines = [line.encode() for line in text.splitlines(keepends=True)]
    start, end = lines[node.lineno - 1][: node.col_offset], lines[node.end_lineno - 1][node.end_col_offset :]
    return b"".join([*lines[: node.lineno - 1], start, new.encode(), end, *lines[node.end_lineno :]]).decode()


def drawn(count: int, seed: int, only: str) -> list[Mutant]:
    """So many mutants, as many of each target as it has; a target with fewer leaves them to the others."""
    rng = random.Random(seed)
    waiting: dict[str, list[Mutant]] = {}
    for target in TARGETS:
        path = ROOT / SOURCE / target
        modules = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        waiting[target] = [
            mutant for module in modules if only in str(module) for mutant in mutants_of(module)
        ]
        rng.shuffle(waiting[target])
    chosen: list[Mutant] = []
    while len(chosen) < count and any(waiting.values()):
        chosen += [mutants.pop() for mutants in waiting.values() if mutants]
    return chosen[:count]


class Copy:
    """A copy of the tree in which one mutant at a time lives."""

    def __init__(self, folder: Path) -> None:
        self.root = folder
        self.writes = 0
        for part in PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(ROOT / part, folder / part)

    def calls_of(self, package: str) -> Calls:
        """Run the tests of a package as they are, and tell what each calls."""
        told = self.root / "calls.json"
        code, said = self._pytest(_tests_of(package), timeout=3600, **{CALLS: str(told)})
        if code:
            raise SystemExit(f"the tests of {package} fail on the code as it is:\n{said[-3000:]}")
        seconds: dict[str, float] = {}
        tests_of: dict[tuple[str, int], set[str]] = defaultdict(set)
        for test, (took, functions) in json.loads(told.read_text()).items():
            seconds[test] = took
            for file, line in functions:
                tests_of[file, line].add(test)
        return Calls(seconds, {function: frozenset(tests) for function, tests in tests_of.items()})

    def survives(self, mutant: Mutant, calls: Calls) -> bool:
        """Whether all tests of its package pass with it; the likely ones go first."""
        self._write(mutant.file, mutant.text)
        try:
            chosen = calls.chosen_for(mutant)
            return (not chosen or self._passes(chosen, calls)) and self._passes([], calls, mutant.package)
        finally:
            self._write(mutant.file, (ROOT / mutant.file).read_text(encoding="utf-8"))

    def _write(self, file: str, text: str) -> None:
        path = self.root / file
        path.write_text(text, encoding="utf-8")
        self.writes += 1  # a time of its own, as bytecode is told apart by size and second
        os.utime(path, (1_000_000_000 + self.writes,) * 2)

    def _passes(self, tests: Sequence[str], calls: Calls, package: str = "") -> bool:
        wanted = sum(calls.seconds[test] for test in tests or calls.seconds)
        arguments = tests or _tests_of(package)
        try:
            return self._pytest(arguments, timeout=60 + TIMES_SLOWER * wanted)[0] == 0
        except subprocess.TimeoutExpired:
            return False

    def _pytest(self, arguments: Sequence[str], *, timeout: float, **variables: str) -> tuple[int, str]:
        plugins = ["-p", "no:cacheprovider", "-p", "mutants", "-n", "0", "--doctest-modules"]
        listed = self.root / "tests.txt"
        listed.write_text("\n".join(arguments))
        here = os.pathsep.join([str(self.root / "src"), str(self.root), str(self.root / "tests/benchmarks")])
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", *plugins, "-k", "not postgresql", f"@{listed}"],
            cwd=self.root,
            env=os.environ | {"PYTHONPATH": here, "OMP_NUM_THREADS": "1"} | variables,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if ended.returncode not in (0, 1, 2, 4):  # 2 and 4: what could not be imported with it
            raise SystemExit(
                f"pytest ended with {ended.returncode}:\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}"
            )
        return ended.returncode, ended.stdout


def _tests_of(package: str) -> list[str]:
    """Its tests, and the examples in its docstrings."""
    return [f"tests/hotspots/{package}", str(SOURCE / package)]


class Recorder:
    """As a plugin of pytest: which functions of the library each test calls, itself or by a fixture."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.prefix = str(Path.cwd() / SOURCE)
        self.current: set[Any] = set()
        self.of_fixture: dict[str, set[Any]] = defaultdict(set)
        self.of_test: dict[str, tuple[float, set[Any], list[str]]] = {}

    def trace(self, frame: Any, _event: str, _arg: Any) -> None:
        """Note a call; lines are not looked at."""
        self.current.add(frame.f_code)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        """What a fixture calls counts for every test that uses it."""
        outer, self.current = self.current, set()
        try:
            return (yield)
        finally:
            self.of_fixture[fixturedef.argname] |= self.current
            self.current = outer | self.current

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Iterator[None]:
        """Follow one test."""
        self.current, start = set(), perf_counter()
        sys.settrace(self.trace)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            self.of_test[item.nodeid] = (perf_counter() - start, self.current, list(item.fixturenames))

    def pytest_sessionfinish(self) -> None:
        """Write it down."""
        told = {
            test: (seconds, self._places(codes.union(*(self.of_fixture[name] for name in fixtures))))
            for test, (seconds, codes, fixtures) in self.of_test.items()
        }
        self.target.write_text(json.dumps(told))

    def _places(self, codes: set[Any]) -> list[tuple[str, int]]:
        return [
            (str(Path(code.co_filename).relative_to(Path.cwd())), code.co_firstlineno)
            for code in codes
            if code.co_filename.startswith(self.prefix)
        ]


def pytest_configure(config: pytest.Config) -> None:
    """Let no test fail for being slow, or by chance; follow the tests, where pytest was started for that."""
    hypothesis.settings.register_profile("mutants", deadline=None, derandomize=True)
    hypothesis.settings.load_profile("mutants")
    if CALLS in os.environ:
        config.pluginmanager.register(Recorder(Path(os.environ[CALLS])))


def main() -> int:
    """Draw them, try them two at a time, print what became of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="How many mutants.")
    parser.add_argument("--seed", type=int, default=13, help="Which are drawn.")
    parser.add_argument("--only", default="", metavar="MODULE", help="Part of a path, such as rules.")
    options = parser.parse_args()
    start = perf_counter()
    mutants = drawn(options.count, options.seed, options.only)
    with tempfile.TemporaryDirectory(prefix="hotspots-mutants-") as folder:
        copies: Queue[Copy] = Queue()
        for number in range(WORKERS):
            copies.put(Copy(Path(folder) / str(number)))

        def followed(package: str) -> Calls:
            copy = copies.get()
            try:
                return copy.calls_of(package)
            finally:
                copies.put(copy)

        def survives(mutant: Mutant) -> bool:
            copy = copies.get()
            try:
                return copy.survives(mutant, calls[mutant.package])
            finally:
                copies.put(copy)

        with ThreadPoolExecutor(WORKERS) as pool:
            packages = sorted({mutant.package for mutant in mutants})
            calls = dict(zip(packages, pool.map(followed, packages), strict=True))
            print(f"{len(mutants)} mutants; tests followed in {perf_counter() - start:.0f} s", flush=True)
            drawn_of, died_of = Counter[str](), Counter[str]()
            for mutant, is_alive in zip(mutants, pool.map(survives, mutants), strict=True):
                drawn_of[mutant.package] += 1
                died_of[mutant.package] += not is_alive
                if is_alive:
                    print(f"lives  {mutant}", flush=True)
    for package in packages:
        print(f"{package:<12} {died_of[package]:>4} of {drawn_of[package]} died")
    total, died = drawn_of.total(), died_of.total()
    print(f"{died} of {total} died ({100 * died / max(total, 1):.0f} %); {perf_counter() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
