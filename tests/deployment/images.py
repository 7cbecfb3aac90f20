"""What the image is made of, packages of Debian and those of the locks, and what it must be."""

import io
import json
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import time
from email.parser import HeaderParser
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

from tests.deployment.containerfile import Image

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "deployment" / "container"
PACKAGES = "binutils,ca-certificates,python3,python3-venv,tzdata,usr-is-merged"
"""What the first step installs: in the base already, as they are fetched once then."""

ESSENTIAL = "base-files,coreutils,dash,dpkg"
"""What every Debian has and the steps use, named where packages are unpacked without what is essential."""

MERGE_USR = 'cd "$1"; for name in bin lib lib64 sbin; do mkdir -p usr/$name; ln -s usr/$name $name; done'
"""What a Debian of this version looks like before anything is unpacked in it."""

KEPT_S = 7 * 86_400
"""How long a root folder may be kept: by then there are newer packages."""

OF_LOCKS = {
    ROOT / "requirements-runtime.lock": "opt/hotspots",
    FOLDER / "requirements-build.lock": "opt/build",
}
"""The environment in which the steps install what each lock names."""

FETCHED = "var/packages"
"""The folder in the root folder with what was fetched for pip."""

ONLY_LOOK = """#!/bin/sh
for word; do
  case $word in -* | update | install) ;; *) dpkg-query --status "$word" >/dev/null || exit 1 ;; esac
done
"""
"""Instead of apt-get, where nothing is fetched: whether all that it is asked for is there."""

MOST_BYTES = 600_000_000
PROGRAMS = {"usr/bin/python3.11", "opt/hotspots/bin/hotspots"}
"""All that can be started in the image: nothing else is there to run."""


def make_base(folder: Path, *, made: Path | None = None, is_quick: bool = False) -> Path:
    """A root folder of Debian 12; from a tar file of it (``made``), which is written when it is absent.

    Of a quick one the packages are only unpacked, with no more than the steps need: a fourth of the work.
    """
    if made is not None and made.exists() and time.time() - made.stat().st_mtime < KEPT_S:
        folder.mkdir()
        subprocess.run(["tar", "--extract", "--file", made, "--directory", folder], check=True)
        return folder
    # nothing of it is in the image but Python: so no manuals, and not synchronised to the disk
    full = ["--variant=apt", "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr", f"--include={PACKAGES}"]
    full += ["--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/locale/*"]
    unpacked = ["--variant=extract", f"--setup-hook={MERGE_USR}", "--skip=cleanup/apt"]
    unpacked += [f"--include={PACKAGES},{ESSENTIAL}"]
    how = unpacked if is_quick else full
    told = subprocess.run(
        ["mmdebstrap", "--quiet", "--mode=root", *how, "bookworm", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode and re.search(
        r"Could not (?:resolve|connect)|Temporary failure resolving", told.stderr
    ):
        sys.stdout.write("not tried: the packages of Debian can't be reached\n")
        raise SystemExit(3)
    if told.returncode:
        raise SystemExit(f"mmdebstrap ended with {told.returncode}:\n{told.stderr}")
    if is_quick:
        _finish_unpacked(folder)
    if made is not None:
        subprocess.run(
            ["tar", "--create", "--one-file-system", "--file", made, "--directory", folder, "."], check=True
        )
    return folder


def _finish_unpacked(folder: Path) -> None:
    """Do what installing does and the image needs: list packages, gather certificates, set the time zone."""
    debian = folder / "var/lib/dpkg"
    debian.joinpath("info").mkdir(parents=True, exist_ok=True)
    debian.joinpath("info/format").write_text("1\n", encoding="utf-8")
    stanzas = []
    for package in sorted(folder.glob("var/cache/apt/archives/*.deb")):
        told = subprocess.run(["dpkg-deb", "--ctrl-tarfile", package], check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(told)) as control:
            texts = {
                Path(one.name).name: file.read().decode()
                for one in control
                if (file := control.extractfile(one))
            }
        said = HeaderParser().parsestr(texts["control"])
        stanzas.append(f"{texts['control'].strip()}\nStatus: install ok unpacked\n")
        name = said["Package"] + (f":{said['Architecture']}" if said["Multi-Arch"] == "same" else "")
        files = [f"/{line.split(maxsplit=1)[1]}\n" for line in texts.get("md5sums", "").splitlines()]
        debian.joinpath("info", f"{name}.list").write_text("".join(files), encoding="utf-8")
    debian.joinpath("status").write_text("\n".join(stanzas), encoding="utf-8")
    certificates = sorted(folder.glob("usr/share/ca-certificates/mozilla/*.crt"))
    text = "".join(path.read_text(encoding="utf-8").strip() + "\n" for path in certificates)
    folder.joinpath("etc/ssl/certs/ca-certificates.crt").write_text(text, encoding="utf-8")
    folder.joinpath("etc/localtime").symlink_to("/usr/share/zoneinfo/Etc/UTC")
    for waste in ("var/cache/apt", "var/lib/apt"):
        shutil.rmtree(folder / waste)


def lend_packages(base: Path) -> None:
    """Lay the packages of this environment where the steps install them, and those of Debian as they are.

    What the locks name is there already then, so that nothing is fetched; another version is refused.
    """
    apt = base / "usr/bin/apt-get"
    apt.write_text(ONLY_LOOK, encoding="utf-8")
    apt.chmod(0o755)
    _set_pip(base)
    for lock, environment in OF_LOCKS.items():
        target = base / environment / "lib/python3.11/site-packages"
        target.mkdir(parents=True)
        existing = set()
        for line in re.findall(r"^\w.*==[^\\\n]*", lock.read_text(encoding="utf-8"), re.MULTILINE):
            wanted = Requirement(line)
            if wanted.marker and not wanted.marker.evaluate():
                continue  # of another platform
            found = distribution(wanted.name)
            tops = {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}
            existing |= {Path(str(found.locate_file(top))) for top in tops}
        subprocess.run(["cp", "--archive", "--target-directory", target, *sorted(existing)], check=True)


def fetch_packages(base: Path) -> None:
    """Fetch the packages that the locks name, for the steps to install by their hashes."""
    _set_pip(base)
    fetching = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    fetching += ["--require-hashes", "--only-binary=:all:", "--python-version=3.11", "--no-deps"]
    for lock in OF_LOCKS:
        subprocess.run([*fetching, "--requirement", lock, "--dest", base / FETCHED], check=True)


def _set_pip(base: Path) -> None:
    """Let pip in it ask no index, which may want certificates or folders that are not in it."""
    (base / FETCHED).mkdir(parents=True)
    (base / "etc/pip.conf").write_text(
        f"[global]\nno-index = true\nfind-links = /{FETCHED}\n", encoding="utf-8"
    )


def look_at_image(image: Image) -> str:
    """What an image is, in one line; refuses one that is too large, or has more to run than the software."""
    files = [path for path in image.root.rglob("*") if not path.is_symlink() and path.is_file()]
    size = sum(path.lstat().st_size for path in files)
    if size > MOST_BYTES:
        raise SystemExit(f"wanted an image of at most {MOST_BYTES / 1e6:.0f} MB, found {size / 1e6:.0f} MB")
    started = {
        str(path.relative_to(image.root))
        for path in files
        if path.stat().st_mode & 0o111 and ".so" not in path.name and "ld-linux" not in path.name
    }
    if started - PROGRAMS:
        raise SystemExit(f"wanted nothing to run but {sorted(PROGRAMS)}, found {sorted(started)}")
    risen = [path for path in files if path.stat().st_mode & (stat.S_ISUID | stat.S_ISGID)]
    written = [path for path in files if path.stat().st_mode & 0o022 or path.stat().st_uid]
    if risen or written:
        raise SystemExit(
            f"wanted nothing that gives rights or can be changed, found {[*risen, *written][:5]}"
        )
    if not image.user.split(":")[0].isdecimal() or image.user.startswith("0"):
        raise SystemExit(f"wanted an account by its number that is not root, found '{image.user}'")
    parts = json.loads((image.root / "usr/share/hotspots/sbom.cdx.json").read_text(encoding="utf-8"))[
        "components"
    ]
    return f"{size / 1e6:.0f} MB, {len(parts)} packages listed, nothing to run but the software"
