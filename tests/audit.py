"""Whether a vulnerability is known in a package that runs in production.

``make audit`` asks the index that packages come from, and OSV where that does not tell. pip-audit itself says
"no known vulnerabilities" of packages that it could not look up: here that is "not audited".

It ends with 0 (audited, none known), 1 (one is known), 2 (pip-audit itself is absent or fails), or 3 (no
source of advisories can be reached); with ``--if-reachable`` that last is said and is no failure.
"""

import argparse
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[1] / "requirements-runtime.lock"
SOURCES = ("pypi", "osv")
NONE_KNOWN, KNOWN, BROKEN, NOT_AUDITED = 0, 1, 2, 3

_UNREACHABLE = re.compile(r"requests\.exceptions\.|Could not connect to|not redirecting properly")
"""What pip-audit ends with when its source can't be reached, or answers with an error."""


@dataclass(frozen=True)
class Audit:
    """What a source told."""

    audited: int
    skipped: int
    vulnerabilities: tuple[str, ...]


def read_audit(text: str) -> Audit | None:
    """What pip-audit wrote; None if it wrote no list, as when its source can't be reached."""
    try:
        packages: list[dict[str, Any]] = json.loads(text)["dependencies"]
    except (ValueError, KeyError):
        return None
    found = [
        f"{package['name']} {package['version']}: {entry['id']}, mended in {entry['fix_versions']}"
        for package in packages
        for entry in package.get("vulns", [])
    ]
    skipped = sum("skip_reason" in package for package in packages)
    return Audit(len(packages) - skipped, skipped, tuple(found))


def judged(ended: "subprocess.CompletedProcess[str]", source: str) -> tuple[int, str]:
    """How it ends, and what to say."""
    audit = read_audit(ended.stdout)
    # it ends with 1 when it found one, and when it can't look
    wanted = None if audit is None else int(bool(audit.vulnerabilities))
    if audit is None and ended.returncode == 1 and _UNREACHABLE.search(ended.stderr):
        return NOT_AUDITED, f"{source}: no advisories can be reached from here"
    if audit is None or ended.returncode != wanted:
        [*_, reason] = ended.stderr.strip().splitlines() or ["it says nothing"]
        return BROKEN, f"{source}: pip-audit ended with {ended.returncode} and no list that fits: {reason}"
    if not audit.audited:
        return NOT_AUDITED, f"{source}: no advisories can be reached from here"
    if audit.vulnerabilities:
        return KNOWN, "\n".join([f"{source}: vulnerabilities are known:", *audit.vulnerabilities])
    if audit.skipped:
        return NOT_AUDITED, f"{source}: {audit.skipped} packages could not be looked up"
    return NONE_KNOWN, f"{source}: {audit.audited} packages audited, no vulnerability is known"


def ask(source: str) -> "subprocess.CompletedProcess[str]":
    """Let pip-audit ask a source about the lock."""
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--requirement",
        str(LOCK),
        "--require-hashes",
        "--disable-pip",
    ]
    command += [
        "--vulnerability-service",
        source,
        "--timeout",
        "5",
        "--format",
        "json",
        "--progress-spinner",
        "off",
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def main() -> int:
    """Ask each source until one has audited all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--if-reachable", action="store_true")
    chosen = parser.parse_args()
    for source in SOURCES:
        code, text = judged(ask(source), source)
        sys.stdout.write(text + "\n")
        if code != NOT_AUDITED:
            return code
    sys.stdout.write("NOT AUDITED: run 'make audit' where a source of advisories can be reached\n")
    return NONE_KNOWN if chosen.if_reachable else NOT_AUDITED


if __name__ == "__main__":
    sys.exit(main())
