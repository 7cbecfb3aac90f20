"""Makes a release of the tagged commit: wheel, source, image, what is in it, licences, notes and checksums.

``make release`` writes it to ``var/release/VERSION``. It is made of what git has at that tag and nothing
else, by the moment of that commit, so that wheel and source made again have the same bytes; they are made
twice to see that. Ends with 1 and one line when something is not as a release wants it.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

CONTAINER = Path("docs/deployment/container")
PICTURES = Path("docs/gebruik/img")
LOCK = "requirements-runtime.lock"


class NoReleaseError(Exception):
    """Something is not as a release wants it."""


def require_release(root: Path) -> tuple[str, str]:
    """Give the version of a checkout and its notes.

    Raises
    ------
    NoReleaseError
        If something is not committed, the commit has not the tag of the version, or the changelog lacks it.
    """
    version = str(tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])
    changed = _git(root, "status", "--porcelain").splitlines()
    if changed:
        raise NoReleaseError(
            f"wanted a clean checkout, found {len(changed)} change(s), as '{changed[0]}': commit them"
        )
    tags = _git(root, "tag", "--points-at", "HEAD").split()
    if f"v{version}" not in tags:
        found = ", ".join(tags) or "none"
        raise NoReleaseError(
            f"wanted the tag 'v{version}' of pyproject.toml at this commit, found {found}: check that out"
        )
    return version, notes_of(version, (root / "CHANGELOG.md").read_text(encoding="utf-8"))


def notes_of(version: str, changelog: str) -> str:
    """What a changelog says of a version.

    Raises
    ------
    NoReleaseError
        If it has no section of it with a date, or nothing in that.
    """
    section = re.search(
        rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d\n(.*?)(?=^## |\Z)",
        changelog,
        re.MULTILINE | re.DOTALL,
    )
    if section is None or not section[1].strip():
        raise NoReleaseError(
            f"wanted '## [{version}] - DATE' and what changed in CHANGELOG.md, found none: write it"
        )
    return f"# hotspots {version}\n\n{section[1].strip()}\n"


def build(source: Path, into: Path, moment: str) -> None:
    """Make wheel and source, and again from a copy of another moment; see that the bytes are the same.

    Raises
    ------
    NoReleaseError
        If they aren't.
    """
    shutil.rmtree(into, ignore_errors=True)
    with tempfile.TemporaryDirectory() as name:
        copy, again = Path(name) / "copy", Path(name) / "again"
        shutil.copytree(source, copy)
        for path in copy.rglob("*"):
            os.utime(path, (0, 0))
        for tree, output in ((copy, again), (source, into)):
            outputs = ["--no-isolation", "--sdist", "--wheel", "--outdir", str(output), str(tree)]
            _run([sys.executable, "-m", "build", *outputs], environment={"SOURCE_DATE_EPOCH": moment})
        first, second = list(checksums(again)), list(checksums(into))
    if first != second:
        raise NoReleaseError(f"wanted the same bytes twice, found {first} and {second}")


def image(source: Path, version: str, commit: str, path: Path) -> str:
    """Make the image and write it to a file; says why it was left out, or nothing."""
    engine = next((name for name in ("podman", "docker") if _works(name)), None)
    if engine is None:
        return "neither podman nor docker works here"
    if not (source / CONTAINER / "Containerfile").is_file():
        return "there is no Containerfile"
    ignored = ["--ignorefile", f"{CONTAINER}/Containerfile.dockerignore"] if engine == "podman" else []
    told = {"VERSION": version, "REVISION": commit}
    if base := os.environ.get("HOTSPOTS_BASE"):  # as for compose.yaml
        told["BASE"] = base
    arguments = [part for name, value in told.items() for part in ("--build-arg", f"{name}={value}")]
    name = f"hotspots:{version}"
    described = ["--file", f"{CONTAINER}/Containerfile", *ignored, *arguments]
    try:
        _run([engine, "build", *described, "--tag", name, "."], source)
        _run([engine, "save", "--output", path, name])
    except NoReleaseError as error:
        path.unlink(missing_ok=True)
        return str(error)
    return ""


def checksums(folder: Path) -> Iterator[str]:
    """The line of each file in a folder, as ``sha256sum`` writes and checks them."""
    for path in sorted(folder.iterdir()):
        yield f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Make it; 1 if that can't be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without-image", action="store_true", help="Make no image.")
    parser.add_argument("--without-pictures", action="store_true", help="Draw no pictures of the help.")
    asked = parser.parse_args(arguments)
    try:
        for line in make(
            Path.cwd(), with_image=not asked.without_image, with_pictures=not asked.without_pictures
        ):
            sys.stdout.write(f"{line}\n")
    except NoReleaseError as error:
        sys.stderr.write(f"release: {error}\n")
        return 1
    return 0


def make(root: Path, *, with_image: bool, with_pictures: bool) -> Iterator[str]:
    """Make a release of a checkout, and tell what was made or left out."""
    version, notes = require_release(root)
    commit, moment = _git(root, "show", "--no-patch", "--format=%H %ct", "HEAD").split()
    folder = root / "var" / "release" / version
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / f"hotspots-{version}"
        source.mkdir()
        packed = Path(name) / "source.tar"
        _run(["git", "archive", "--output", packed, "HEAD"], root)
        shutil.unpack_archive(packed, source, filter="data")
        if with_pictures and (why := _draw_pictures(root, source)):
            yield f"left out the pictures of the help: {why}"
        build(source, folder, moment)
        shutil.rmtree(root / "var" / "runtime", ignore_errors=True)  # what an earlier lock had is in no list
        _run(["make", "sbom"], root)
        shutil.copyfile(root / "var" / "sbom.cdx.json", folder / f"hotspots-{version}.cdx.json")
        _run([root / "var/runtime/bin/python", "tests/licences.py", "--texts", folder / "licences.txt"], root)
        shutil.copyfile(root / LOCK, folder / LOCK)
        if with_image and (why := image(source, version, commit, folder / f"hotspots-{version}-image.tar")):
            yield f"left out the image: {why}"
    (folder / "notes.md").write_text(notes, encoding="utf-8")
    sums = list(checksums(folder))
    (folder / "SHA256SUMS").write_text("\n".join(sums) + "\n", encoding="utf-8")
    yield from sums
    yield f"made {folder.relative_to(root)}"


def _draw_pictures(root: Path, source: Path) -> str:
    """Draw the pictures of the help and put them in the source; says why they were left out, or nothing."""
    if not (source / PICTURES.parent).is_dir():
        return "there is no help"
    drawn = root / "var" / "hulp"
    try:
        _run([sys.executable, "tests/pictures.py", "--help-only"], root)
    except NoReleaseError as error:
        return str(error)
    (source / PICTURES).mkdir(exist_ok=True)
    for path in drawn.glob("*.webp"):
        shutil.copyfile(path, source / PICTURES / path.name)
    return ""


def _works(engine: str) -> bool:
    return (
        shutil.which(engine) is not None
        and not subprocess.run([engine, "info"], capture_output=True, check=False).returncode
    )


def _git(root: Path, *arguments: str) -> str:
    return _run(["git", *arguments], root)


def _run(
    command: Sequence[str | Path], folder: Path | None = None, environment: dict[str, str] | None = None
) -> str:
    """What a program writes; raises NoReleaseError with its last line if it fails."""
    ended = subprocess.run(
        command, cwd=folder, env=os.environ | (environment or {}), capture_output=True, text=True, check=False
    )
    if ended.returncode:
        last = (ended.stderr.strip() or ended.stdout.strip()).rpartition("\n")[2]
        raise NoReleaseError(f"'{' '.join(map(str, command[:3]))} …' ended with {ended.returncode}: {last}")
    return ended.stdout


if __name__ == "__main__":
    sys.exit(main())
