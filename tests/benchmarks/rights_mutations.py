"""Whether the tests of rights notice when a check is gone: each check removed in turn, in a copy of the code.

``python tests/benchmarks/rights_mutations.py [WORD …]``: makes the mutations (those whose name holds one of
the words, or all), runs the matrix of every route, role and area on each, and prints what became of it. What
the matrix does not notice goes to the other tests of rights. It fails when a mutation passes them all.

The mutations are found in the code, so that a check that is added is removed too: every `require`, every
place where a route hands on what its reader may see, and every cell of the table of rights, made wider. The
checks that have another form are listed here, and a listed one that is not found any more is an error.
"""

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from hotspots.access.rights import RIGHTS, Reach, Role

ROOT = Path(__file__).parents[2]
WORKERS = os.cpu_count() or 1
MATRIX = ("tests/api/test_matrix.py",)
BY_ROLE = "test_every_route_gives_each_role_what_was_agreed_in_the_own_areas_and_elsewhere"
LIKELY = (Role.GEBIEDSTEAM, Role.LEZER)
"""Whose part of the matrix is tried first, where a mutation names no role: they may least."""

OTHERS = (
    "tests/hotspots/access/test_rights.py",
    "tests/api/rest/test_cases.py",
    "tests/hotspots/casework/test_exact_data.py",
    "tests/hotspots/casework/test_cases.py",
    "tests/hotspots/casework/test_dossier.py",
    "tests/hotspots/casework/test_history.py",
    "tests/hotspots/casework/test_measures.py",
    "tests/hotspots/casework/test_steps.py",
    "tests/hotspots/casework/test_verdicts.py",
    "tests/api/rest/test_effect.py",
)


@dataclass(frozen=True)
class Mutation:
    """One change of the code.

    Parameters
    ----------
    name
        What is gone.
    file
        In which file, from the root.
    before, after
        The whole text of that file.
    """

    name: str
    file: str
    after: str


LISTED = (
    (
        "signing in is never required",
        "api/http/sign_in.py",
        "if actor is None and not settings.sign_in.required:",
        "if actor is None:",
    ),
    ("who may read nowhere reads all", "api/http/sign_in.py", "if visibility.is_nothing:", "if False:"),
    (
        "nobody counts as signed in",
        "api/http/sign_in.py",
        "if actor is None:\n        raise SignInError",
        None,
    ),
    (
        "a form needs no token of our page",
        "api/http/sign_in.py",
        "if request.method not in SAFE_METHODS and not is_csrf_token(",
        "if False and not is_csrf_token(",
    ),
    (
        "the pages ask not who reads",
        "api/main.py",
        "app.include_router(pages.router, dependencies=[Depends(find_visibility)])",
        "app.include_router(pages.router)",
    ),
    (
        "the layers ask not who reads",
        "api/main.py",
        "app.include_router(ogc.router, dependencies=[Depends(find_visibility), Depends(answer_again)])",
        "app.include_router(ogc.router, dependencies=[Depends(answer_again)])",
    ),
    (
        "the lists ask not who reads",
        "api/main.py",
        "api.include_router(resource.router, dependencies=[Depends(find_visibility), Depends(answer_again)])",
        "api.include_router(resource.router, dependencies=[Depends(answer_again)])",
    ),
    (
        "a case is known to everyone",
        "src/hotspots/casework/cases.py",
        "return visibility_of(actor).shows(soort, case.gebied, case.reporters)",
        "return True",
    ),
    (
        "terms are told of every area",
        "src/hotspots/casework/cases.py",
        "_is_known_to(actor, case) and may(actor, Right.READ_CASES, case.gebied)",
        "True",
    ),
    (
        "terms are told without the right to read cases",
        "src/hotspots/casework/cases.py",
        "_is_known_to(actor, case) and may(actor, Right.READ_CASES, case.gebied)",
        "_is_known_to(actor, case)",
    ),
    (
        "nothing is hidden in lists",
        "src/hotspots/tracking/selection.py",
        "    then = is_visible(connection, settings, visibility, states)\n",
        "    return []\n",
    ),
    (
        "what is hidden now is told of the past",
        "src/hotspots/tracking/selection.py",
        "return [then, *visible_now(connection, settings, visibility, states.c.hotspot_id)]",
        "return [then]",
    ),
    (
        "what was hidden then is told of the past",
        "src/hotspots/tracking/selection.py",
        "return [then, *visible_now(connection, settings, visibility, states.c.hotspot_id)]",
        "return visible_now(connection, settings, visibility, states.c.hotspot_id)",
    ),
    (
        "lineage names what is hidden",
        "src/hotspots/tracking/history.py",
        "for condition in visible_now(connection, settings, visibility, end)",
        "for condition in ()",
    ),
    (
        "areas don't count",
        "src/hotspots/tracking/visibility.py",
        "    if gebieden is None:\n        return true()\n",
        "    return true()\n",
    ),
    (
        "dwellings are shown as places are",
        "src/hotspots/tracking/visibility.py",
        "lies_in(connection, settings, visibility.dwellings, states.c.buurtcode)",
        "lies_in(connection, settings, visibility.gebieden, states.c.buurtcode)",
    ),
    (
        "everybody is told exactly",
        "src/hotspots/tracking/told.py",
        "if visibility.sees_reports_everywhere:",
        "if True:",
    ),
    (
        "a run counts all hotspots for everyone",
        "src/hotspots/tracking/runs.py",
        "if not visibility.is_everything:",
        "if False:",
    ),
    (
        "a run counts all reports for everyone",
        "src/hotspots/tracking/runs.py",
        "if visibility.gebieden is not None:",
        "if False:",
    ),
    (
        "all areas are offered to everyone",
        "api/pages/map_sheet.py",
        "if any(visibility.shows(soort, name) for soort in Soort)",
        "",
    ),
    (
        "dwellings of a case are known to all roles",
        "src/hotspots/access/rights.py",
        "reachable = self.dwellings if touches_persons(soort, reporters) else self.gebieden",
        "reachable = self.gebieden",
    ),
    (
        "own areas are all areas",
        "src/hotspots/access/rights.py",
        "return None if reach is Reach.EVERYWHERE else actor.gebieden or frozenset()",
        "return None",
    ),
    (
        "points and texts are not granted by name",
        "src/hotspots/access/rights.py",
        "if reach is None or (right in GRANTED and right not in actor.granted):",
        "if reach is None:",
    ),
    (
        "a machine may everything",
        "src/hotspots/access/rights.py",
        "if right not in actor.scopes & SCOPES:\n            return frozenset()",
        "if False:\n            return frozenset()",
    ),
    (
        "a machine decides",
        "src/hotspots/access/rights.py",
        "if right not in actor.scopes & SCOPES:",
        "if right not in actor.scopes:",
    ),
    (
        "a machine is not bound to areas",
        "src/hotspots/access/rights.py",
        "return None if right in WITHOUT_AREA else actor.gebieden",
        "return None",
    ),
    (
        "everyone reads every enrichment",
        "src/hotspots/access/rights.py",
        "return actor.role in SHARED_WITH[sharing]",
        "return True",
    ),
    (
        "fields that are not asked are taken",
        "api/rest/case_documents.py",
        'validate_by_name=True, extra="forbid", frozen=True',
        'validate_by_name=True, extra="ignore", frozen=True',
    ),
)
"""Checks of another form: what is gone, file, text, and what it becomes (None: the lines are left out)."""


def mutations() -> list[Mutation]:
    """All of them."""
    return [*_listed(), *_without_require(), *_with_all_in_sight(), *_with_wider_table()]


def _listed() -> Iterator[Mutation]:
    for name, file, old, new in LISTED:
        text = (ROOT / file).read_text(encoding="utf-8")
        if text.count(old) < 1:
            raise SystemExit(f"wanted in {file} the check '{old}', found none: mend the list of mutations")
        yield Mutation(name, file, text.replace(old, new if new is not None else _skipped(old), 1))


def _skipped(check: str) -> str:
    return check.replace("if actor is None:", "if False:", 1)


def _python_files() -> list[str]:
    return sorted(
        str(path.relative_to(ROOT))
        for folder in ("api", "src/hotspots")
        for path in (ROOT / folder).rglob("*.py")
    )


def _without_require() -> Iterator[Mutation]:
    for file in _python_files():
        text = (ROOT / file).read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
                continue
            if isinstance(node.value.func, ast.Name) and node.value.func.id == "require":
                found = ast.unparse(node)
                yield Mutation(f"{file}:{node.lineno}: {found}", file, _replaced(text, node, "pass"))


def _with_all_in_sight() -> Iterator[Mutation]:
    layers = ("api/rest/", "api/ogc/", "api/pages/", "api/admin/", "api/privacy/")
    for file in (file for file in _python_files() if file.startswith(layers)):
        text = (ROOT / file).read_text(encoding="utf-8")
        for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)):
            for given in [*call.args, *(keyword.value for keyword in call.keywords)]:
                if isinstance(given, ast.Name) and given.id == "visibility":
                    name = f"{file}:{given.lineno}: {ast.unparse(call.func)} with everything visible"
                    yield Mutation(name, file, _replaced(text, given, "type(visibility)()"))


def _with_wider_table() -> Iterator[Mutation]:
    file = "src/hotspots/access/rights.py"
    text = (ROOT / file).read_text(encoding="utf-8")
    for right, reach in RIGHTS.items():
        for role in Role:
            if reach.get(role) is Reach.EVERYWHERE:
                continue
            wider = {**{own.name: there.name for own, there in reach.items()}, role.name: "EVERYWHERE"}
            cells = ", ".join(f"Role.{own}: Reach.{there}" for own, there in wider.items())
            added = f"\nRIGHTS = dict(RIGHTS) | {{Right.{right.name}: {{{cells}}}}}\n"
            marker = '"""The one table of rights; who is not named does not have the right."""\n'
            after = text.replace(marker, marker + added, 1)
            yield Mutation(f"{right} everywhere for {role}", file, after)


def _replaced(text: str, node: ast.stmt | ast.expr, new: str) -> str:
    lines = text.splitlines(keepends=True)
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    first, last = lines[node.lineno - 1], lines[node.end_lineno - 1]
    start = first.encode()[: node.col_offset].decode()
    end = last.encode()[node.end_col_offset :].decode()
    lines[node.lineno - 1 : node.end_lineno] = [start + new + end]
    return "".join(lines)


def outcome(mutation: Mutation) -> str:
    """Which tests notice a mutation: ``matrix``, ``another test`` or ``none``."""
    with tempfile.TemporaryDirectory(prefix="hotspots-mutation-") as folder:
        root = Path(folder)
        for part in ("api", "src", "jobs", "tests", "config", "geodata", "docs"):
            shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copyfile(ROOT / "pyproject.toml", root / "pyproject.toml")
        (root / mutation.file).write_text(mutation.after, encoding="utf-8")
        for tests, noticed_by in (
            (_of_roles(mutation), "matrix"),
            (MATRIX, "matrix"),
            (OTHERS, "another test"),
        ):
            if not _passes(root, tests):
                return noticed_by
    return "none"


def _of_roles(mutation: Mutation) -> tuple[str, ...]:
    """The part of the matrix that is likely to notice it, to be tried before the whole."""
    named = [role for role in Role if mutation.name.endswith(f" for {role}")]
    return tuple(f"{MATRIX[0]}::{BY_ROLE}[sqlite-{role}]" for role in named or LIKELY)


def _passes(root: Path, tests: tuple[str, ...]) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", "not postgresql"]
    ended = subprocess.run(
        [*command, *tests],
        cwd=root,
        env=os.environ | {"PYTHONPATH": f"{root / 'src'}:{root}", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode not in (0, 1):
        raise SystemExit(
            f"pytest ended with {ended.returncode}:\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}"
        )
    return ended.returncode == 0


def main() -> int:
    """Try the code as it is, then each mutation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="Parts of names of mutations.")
    words: list[str] = parser.parse_args().words
    chosen = [one for one in mutations() if not words or any(word in one.name for word in words)]
    start = perf_counter()
    untouched = Mutation("nothing", "api/main.py", (ROOT / "api/main.py").read_text(encoding="utf-8"))
    if outcome(untouched) != "none":
        print("the tests fail on the code as it is", file=sys.stderr)
        return 1
    found: dict[str, int] = {"matrix": 0, "another test": 0, "none": 0}
    with ThreadPoolExecutor(WORKERS) as pool:
        for mutation, noticed in zip(chosen, pool.map(outcome, chosen), strict=True):
            found[noticed] += 1
            print(f"{noticed:<13} {mutation.name}", flush=True)
    told = ", ".join(f"{count} by {who}" for who, count in found.items())
    print(f"{len(chosen)} mutations, noticed: {told}; {perf_counter() - start:.0f} s")
    return int(found["none"] > 0)


if __name__ == "__main__":
    sys.exit(main())
