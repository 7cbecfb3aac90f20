"""Run an expensive command again, and put its figures in place of the old ones in the documents.

``make figures FIGURES=detection`` runs the command of that name in ``docs/measured.toml``, which keeps what
it printed, when and on which commit. The documents show that output, or quote it in sentences that stand
there, too: a figure has one source, and nobody types it. ``--printed FILE`` takes what it printed elsewhere.
"""

import argparse
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
MEASURED = Path("docs/measured.toml")
_QUOTED = re.compile(r"\{([^|{}]+)\|([^:{}]+)(?::([^{}]+))?\}")


def measured(root: Path = ROOT) -> dict[str, Any]:
    """What is kept of each command, by name."""
    return tomllib.loads((root / MEASURED).read_text(encoding="utf-8"))


def cells(printed: str) -> dict[str, dict[str, str]]:
    """The cells of a printed table by row and column.

    Examples
    --------
    >>> cells("          F1  recall\\nours   0.986   0.989\\n")
    {'F1': {}, 'ours': {'F1': '0.986', 'recall': '0.989'}}
    """
    split = [re.split(r"\s{2,}", line.strip()) for line in printed.splitlines()]
    return {
        row[0]: dict(zip(split[0], row[1:], strict=False)) if row is not split[0] else {} for row in split
    }


def quote(words: str, printed: str) -> str:
    """A sentence with the figures that a command printed.

    Examples
    --------
    >>> quote("F1 {ours|F1}, so {ours|F1:.1%}", "      F1\\nours   0.986\\n")
    'F1 0.986, so 98.6 %'
    """
    table = cells(printed)

    def figure(found: re.Match[str]) -> str:
        cell = table[found[1]][found[2]]
        return format(float(cell), found[3]).replace("%", " %") if found[3] else cell

    return _QUOTED.sub(figure, words)


def renew(name: str, printed: str, *, root: Path = ROOT, day: str, commit: str) -> None:
    """Put what a command printed now in place of what it printed before, wherever that stands."""
    kept: Mapping[str, Any] = measured(root)[name]
    before = kept["output"]
    for document in sorted({*kept["shown_in"], *(quoted["in"] for quoted in kept["quoted"])}):
        path = root / document
        text = path.read_text(encoding="utf-8").replace(before, printed)
        for quoted in kept["quoted"]:
            if quoted["in"] == document:
                text = text.replace(quote(quoted["words"], before), quote(quoted["words"], printed))
        path.write_text(text, encoding="utf-8")
    text = (root / MEASURED).read_text(encoding="utf-8")
    head, mark, rest = text.partition(f"[{name}]\n")
    rest = rest.replace(before, printed, 1)
    rest = re.sub(r"^date = .*$", f"date = {day}", rest, count=1, flags=re.MULTILINE)
    rest = re.sub(r"^commit = .*$", f'commit = "{commit}"', rest, count=1, flags=re.MULTILINE)
    (root / MEASURED).write_text(f"{head}{mark}{rest}", encoding="utf-8")


def main() -> None:
    """Run the commands that were named, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+", choices=sorted(measured()))
    parser.add_argument(
        "--printed", type=Path, help="What the command printed elsewhere, instead of running it."
    )
    known = parser.parse_args()
    for name in known.names:
        program, *words = shlex.split(measured()[name]["command"])
        command = [str(Path(sys.executable).parent / program), *words]
        printed = (
            known.printed.read_text(encoding="utf-8")
            if known.printed
            else subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
        )
        asked = ["git", "rev-parse", "--short", "HEAD"]
        commit = subprocess.run(asked, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
        renew(name, printed, day=f"{datetime.now(UTC):%Y-%m-%d}", commit=commit)
        print(f"renewed the figures of {name} in docs and README")


if __name__ == "__main__":
    main()
