"""Whether every package that runs in production has a licence that goes with the EUPL-1.2.

``make licences`` lists them; ``--texts FILE`` also writes the texts that go along with them. What is declared
is read from the installed packages: an SPDX expression, or else the older field or classifier. A licence that
is not known, or not among those allowed, ends it with 1.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import cast

from packaging.requirements import Requirement

ALLOWED = frozenset(
    {
        *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "EUPL-1.2", "HPND", "ISC", "MIT"),
        *("MIT-0", "MIT-CMU", "PSF-2.0", "Unlicense", "Zlib"),
        # weak copyleft, named by the EUPL as compatible or only reaching its own files; used unchanged
        *("LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-2.0"),
    }
)
"""May be used in software under the EUPL-1.2, also where that is given on."""

CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""Of packages that declare their licence in the older way."""

CHECKED = {
    "python-stdnum": "LGPL-2.1-or-later",  # declares LGPLv2+; the heads of its files say 2.1 or later
    "xstatic-leaflet": "BSD-2-Clause",  # says "same as Leaflet"; so says the licence text of Leaflet 1.9.3
}
"""Packages that declare nothing readable or precise, looked up by hand."""


@dataclass(frozen=True)
class Licensed:
    """A package and its licence; "unknown" if it declares none that is readable."""

    name: str
    version: str
    licence: str

    @property
    def is_allowed(self) -> bool:
        """Whether one of the alternatives, all parts of it, is among those allowed."""
        alternatives = re.split(r" OR ", self.licence)
        return any(set(alternative.split(" AND ")) <= ALLOWED for alternative in alternatives)


def runtime_packages(root: str = "hotspots") -> list[Licensed]:
    """The packages that a package needs, directly or not, on this machine; by name."""
    found: dict[str, Licensed] = {}
    waiting = [(root, frozenset[str]())]
    seen = set(waiting)
    while waiting:
        name, extras = waiting.pop()
        try:
            package = distribution(name)
        except PackageNotFoundError:
            found[name] = Licensed(name, "", "unknown")
            continue
        found[name] = Licensed(name, package.version, licence_of(package, name))
        for needed in _needed(package, extras):
            if needed not in seen:
                seen.add(needed)
                waiting.append(needed)
    return [found[name] for name in sorted(found)]


def licence_of(package: Distribution, name: str) -> str:
    """The licence that a package declares, as SPDX."""
    if name in CHECKED:
        return CHECKED[name]
    metadata = cast(Message, package.metadata)
    if expression := metadata.get("License-Expression"):
        return str(expression)
    short = str(metadata.get("License") or "").strip()
    if short in ALLOWED:
        return short
    classifiers = [
        str(line) for line in metadata.get_all("Classifier") or [] if line.startswith("License ::")
    ]
    named = [line.rpartition(" :: ")[2] for line in classifiers if line != "License :: OSI Approved"]
    return " OR ".join(CLASSIFIERS.get(line, line) for line in named) or short[:60] or "unknown"


def _needed(package: Distribution, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    for line in package.requires or ():
        needed = Requirement(line)
        marker = needed.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or {""}):
            yield re.sub(r"[-_.]+", "-", needed.name).lower(), frozenset(needed.extras)


def texts_of(package: Licensed) -> Iterator[str]:
    """The texts that a package has of its licence and those of what is in it, each after its name."""
    for file in distribution(package.name).files or ():
        is_text = re.match(r"(?i)(licen[cs]e|copying|notice|authors)", file.name) and file.suffix not in (
            ".py",
            ".pyc",
        )
        if ".dist-info" in file.parts[0] and (is_text or "licenses" in file.parts):
            text = Path(str(file.locate())).read_text(encoding="utf-8", errors="replace")
            yield f"--- {'/'.join(file.parts[1:])} of {package.name} ---\n\n{text.strip()}\n"


def main() -> int:
    """List them; 1 if one is not allowed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, metavar="FILE", help="Write the list there, with the texts.")
    asked = parser.parse_args()
    packages = runtime_packages()
    lines = []
    for package in packages:
        mark = "" if package.is_allowed else "   NOT ALLOWED: look it up, and see tests/licences.py"
        lines.append(f"{package.name:<24} {package.version:<14} {package.licence}{mark}\n")
    sys.stdout.writelines(lines)
    if asked.texts is not None:
        texts = [text for package in packages for text in texts_of(package)]
        asked.texts.write_text("\n".join(["".join(lines), *texts]), encoding="utf-8")
    refused = [package for package in packages if not package.is_allowed]
    sys.stdout.write(f"{len(packages)} packages, {len(refused)} with a licence that is not allowed\n")
    return int(bool(refused))


if __name__ == "__main__":
    sys.exit(main())
