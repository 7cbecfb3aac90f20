"""The image, by the steps of the Containerfile: in a root folder of Debian's packages, or by podman."""

import io
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import time
from collections.abc import Mapping, Sequence
from email.parser import HeaderParser
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

from tests.deployment.containerfile import Builder, Image, read_instructions

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

NAME, BASE = "localhost/hotspots:trial", "localhost/debian:trial"
"""The names of the image and its base at podman."""

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


def settings_of_pip(work: Path) -> Mapping[str, Path]:
    """The settings of pip of this machine for the build, with the certificates and folders that they name."""
    told = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    ).stdout
    given: dict[str, Path] = {"/etc/resolv.conf": Path("/etc/resolv.conf")}
    lines = {"cache-dir": "/var/cache/pip"}
    for line in told.splitlines():
        key, _, value = line.partition("=")
        value = value.strip("'\"")
        name = key.rpartition(".")[2]
        if name == "cert":
            given["/etc/ssl/pip.crt"] = Path(value)
            value = "/etc/ssl/pip.crt"
        if name in {"cert", "index-url", "extra-index-url", "find-links", "trusted-host", "default-timeout"}:
            lines[name] = value.replace("\\n", " ")
        for word in value.replace("file://", "").split():
            if word.startswith("/") and Path(word).is_dir():
                top = Path(*Path(word).parts[:3])  # an index names files beside it
                given[str(top)] = top
    path = work / "pip.conf"
    path.write_text(
        "[global]\n" + "".join(f"{name} = {value}\n" for name, value in lines.items()), encoding="utf-8"
    )
    cache = Path(os.environ.get("PIP_CACHE_DIR") or Path.home() / ".cache" / "pip")
    cache.mkdir(parents=True, exist_ok=True)
    return given | {"/etc/pip.conf": path, "/var/cache/pip": cache}


def built_in_folder(work: Path, base: Path, arguments: Mapping[str, str], *, is_quick: bool) -> Image:
    """Do the steps in root folders below ``work``; a quick one takes what the base and .venv have."""
    instead = {"requirements-runtime.lock": copy_packages, "apt-get": look_at_base} if is_quick else {}
    builder = Builder(ROOT, base, work, arguments, settings_of_pip(work), instead)
    return builder.build(read_instructions(FOLDER / "Containerfile"))


LIMITS = ("--ulimit=nofile=4096:4096", "--ulimit=nproc=4096:4096")
"""Lower than podman asks, as some machines let nobody raise them."""


def working_podman(base: Path) -> list[str]:
    """How podman is called here, with the root folder of a tar file as its base; nothing if it can't run."""
    for program in (["podman"], ["podman", "--runtime=runc"]):
        if not shutil.which("podman") or (len(program) > 1 and not shutil.which("runc")):
            continue
        tried = (
            ["import", "--quiet", str(base), BASE],
            ["run", "--rm", "--network=host", *LIMITS, BASE, "/bin/true"],
        )
        if all(works(*program, *words) for words in tried):
            return program
    return []


def built_by_podman(work: Path, program: Sequence[str], arguments: Mapping[str, str]) -> Image:
    """Let podman build it; gives its root folder as podman mounts it, and how it is run as podman says."""
    given = [
        f"--volume={path}:{place}" for place, path in settings_of_pip(work).items() if "resolv" not in place
    ]
    values = [f"--build-arg={name}={value}" for name, value in ({"BASE": BASE} | dict(arguments)).items()]
    limits = [*LIMITS, "--network=host", "--isolation=chroot", "--layers=false", "--format=docker"]
    ignored = f"--ignorefile={FOLDER / 'Containerfile.dockerignore'}"
    file = f"--file={FOLDER / 'Containerfile'}"
    build: list[str | Path] = [
        "build",
        "--quiet",
        *limits,
        *values,
        *given,
        ignored,
        file,
        f"--tag={NAME}",
        ROOT,
    ]
    subprocess.run([*program, *build], check=True, stdout=subprocess.DEVNULL)
    (told,) = json.loads(_said(*program, "image", "inspect", NAME))
    config = told["Config"]
    return Image(
        Path(_said(*program, "image", "mount", NAME).strip()),
        dict(pair.split("=", 1) for pair in config["Env"]),
        config["Labels"],
        config["User"],
        config["WorkingDir"],
        config["Entrypoint"],
        config["Cmd"],
        (told.get("HealthCheck") or told.get("Healthcheck") or config["Healthcheck"])["Test"][1:],
        list(config["Volumes"]),
    )


def forget_image(program: Sequence[str]) -> None:
    """Remove what podman was given and built."""
    subprocess.run([*program, "image", "unmount", NAME], capture_output=True, check=False)
    subprocess.run([*program, "image", "rm", "--force", NAME, BASE], capture_output=True, check=False)


def works(*command: str) -> bool:
    """Whether a command is there and ends well."""
    if not shutil.which(command[0]):
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def look_at_base(root: Path) -> None:
    """See that the packages of Debian are in the base already."""
    lists = root / "var/lib/dpkg/info"
    if absent := [name for name in PACKAGES.split(",") if not any(lists.glob(f"{name}*.list"))]:
        raise SystemExit(f"wanted {PACKAGES} in the root folder, found no {', '.join(absent)}")


def copy_packages(root: Path) -> None:
    """Copy what the lock names from the packages of this environment, each with the version of the lock."""
    lock = (ROOT / "requirements-runtime.lock").read_text(encoding="utf-8")
    target = next(root.glob("opt/hotspots/lib/python3*/site-packages"))
    existing = set()
    for line in re.findall(r"^\w.*==[^\\\n]*", lock, re.MULTILINE):
        wanted = Requirement(line)
        if wanted.marker and not wanted.marker.evaluate():
            continue  # of another platform
        found = distribution(wanted.name)
        if not wanted.specifier.contains(found.version):
            raise SystemExit(f"wanted {wanted} in .venv, as the lock says, found {found.version}: make venv")
        tops = {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}
        existing |= {Path(str(found.locate_file(top))) for top in tops}
    subprocess.run(["cp", "--archive", "--target-directory", target, *sorted(existing)], check=True)


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
