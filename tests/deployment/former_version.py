"""The former version of the software, as a folder of packages: made of the history of the repository."""

import re
import subprocess
import sys
import tarfile
import zipfile
from io import BytesIO
from pathlib import Path

MIGRATIONS = "src/hotspots/store/migrations/versions"
STEPS_BACK = 3
"""How many migrations lie between the two at least, while nothing was released."""


def former_commit(root: Path) -> str | None:
    """The release before this version; where there is none, the commit before the last migrations."""
    present = re.search(r'(?m)^version = "(.+)"', (root / "pyproject.toml").read_text(encoding="utf-8"))
    tags = _git(root, "tag", "--merged", "HEAD", "--sort=-version:refname", "--list", "v*").split()
    released = [tag for tag in tags if present is None or tag != f"v{present[1]}"]
    if released:
        return released[0]
    migrations = sorted(path.name for path in (root / MIGRATIONS).glob("[0-9]*.py"))
    added = _git(
        root, "log", "--format=%H", "--diff-filter=A", "--", f"{MIGRATIONS}/{migrations[-STEPS_BACK]}"
    ).split()
    if not added:
        return None
    return _git(root, "rev-parse", "--quiet", "--verify", f"{added[-1]}^").strip() or None


def unpack_former(root: Path, commit: str, folder: Path) -> str:
    """Build the wheel of a commit and unpack it in a folder; gives its last migration."""
    source = folder.with_name(f"{folder.name}-source")
    archive = subprocess.run(["git", "-C", root, "archive", commit], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(source, filter="data")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", source / "dist"],
        cwd=source,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    (wheel,) = source.joinpath("dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        files.extractall(folder)
    return max(path.name for path in (source / MIGRATIONS).glob("[0-9]*.py"))[:4]


def _git(root: Path, *words: str) -> str:
    ended = subprocess.run(["git", "-C", root, *words], capture_output=True, text=True, check=False)
    return ended.stdout if ended.returncode == 0 else ""
