"""Run the benchmarks, each in a process of its own: all, or those whose name holds one of the words given.

``make bench`` or ``make bench BENCH="weekly scans"``; options after the words go to each, such as
``make bench BENCH="fuzz --minutes 10"``. Each prints its own figures, with a baseline measured
in the same run; the machine must have nothing else to do. A failing one does not keep the others back.
What each printed is kept in ``var/bench``, with how it was asked for.
"""

import argparse
import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Run them in order of their names; 1 if one failed."""
    here = Path(__file__)
    shared = {here.stem, "measuring"}
    scripts = sorted(path for path in here.parent.glob("*.py") if path.stem not in shared)
    names = ", ".join(path.stem for path in scripts)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help=f"Parts of names: {names}.")
    known, options = parser.parse_known_args()
    words = known.words
    chosen = [path for path in scripts if not words or any(word in path.stem for word in words)]
    if not chosen:
        parser.error(f"wanted parts of {names}, found {' '.join(words)}")
    failed = []
    for path in chosen:
        print(f"== {path.stem}", flush=True)
        if _run(path.stem, options):
            failed.append(path.stem)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


def _run(name: str, options: list[str]) -> int:
    """Run one, and keep what it prints."""
    kept = Path("var/bench") / f"{name}.txt"
    kept.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-u", "-m", f"tests.benchmarks.{name}", *options]
    with (
        kept.open("w", encoding="utf-8") as file,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
    ):
        file.write(f'make bench BENCH="{" ".join([name, *options])}"\n')
        for line in process.stdout or ():
            print(line, end="", flush=True)
            file.write(line)
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
