"""What builds and runs the image: root folders and namespaces of our own, podman, or docker."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.deployment.contained import contained
from tests.deployment.containerfile import Builder, Image, read_instructions
from tests.deployment.images import FOLDER, ROOT

ACCOUNT = 65532
CONTAINERFILE = FOLDER / "Containerfile"
ARGUMENTS = {"VERSION": "trial"}
NAME, BASE = "localhost/hotspots:trial", "localhost/debian:trial"
"""The names of the image and its base at podman and docker."""

MARK = "hotspots.trial=base"
"""A label of the base and all that is built from it, but the image, which begins with nothing."""

PROGRAMS: Mapping[str, Sequence[Sequence[str]]] = {
    "podman": (["podman"], ["podman", "--runtime=runc"]),
    "docker": (["docker"],),
}
"""The ways to call each, of which the first that works is taken."""

OF_BUILDING = {"podman": ("--isolation=chroot", "--layers=false", "--format=docker"), "docker": ()}
LIMITS = ("--ulimit=nofile=4096:4096", "--ulimit=nproc=4096:4096")
"""Lower than podman asks, as some machines let nobody raise them."""

SMALLEST = """
FROM scratch
COPY . /
RUN ["/bin/cat", "/dev/null"]
USER 65532:65532
"""


@dataclass
class InFolder:
    """Builds by the steps in root folders, and runs the last of these in namespaces."""

    name: str = "folder"
    base: Path = field(init=False)
    image: Image = field(init=False)

    def take(self, base: Path) -> None:
        """Use the folder itself."""
        self.base = base

    def build(self, work: Path, context: Path) -> Image:
        """Do the steps with ``chroot``."""
        self.image = Builder(context, self.base, work, ARGUMENTS).build(read_instructions(CONTAINERFILE))
        return self.image

    def line(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        read: Mapping[str, Path],
        written: Mapping[str, Path],
    ) -> list[str]:
        """Run it in namespaces of its own."""
        return contained(
            self.image.root,
            command,
            environment=self.image.environment | dict(environment),
            folder=self.image.folder,
            user=self.image.user,
            read=read,
            written=written,
        )

    def forget(self) -> None:
        """Nothing is kept."""


@dataclass
class InContainers:
    """Builds and runs by podman or docker, with the same limits as compose.yaml."""

    name: str
    program: Sequence[str]

    def why_not(self, work: Path) -> str:
        """Build the smallest image and read a file of its account in it; says what went wrong, if it did."""
        context, file, word = (work / name for name in ("context", "Containerfile", "word"))
        for path in ("/bin/cat", *re.findall(r"/\S+", _said("ldd", "/bin/cat"))):
            context.joinpath(path[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, context / path[1:])
        file.write_text(SMALLEST, encoding="utf-8")
        try:
            if complaint := _complaint(self._building(file, context, {})):
                return complaint
            word.write_text("seen", encoding="utf-8")
            os.chown(word, ACCOUNT, ACCOUNT)
            word.chmod(0o400)
            reading = self.line(["/bin/cat", "/word"], environment={}, read={"/word": word}, written={})
            return _complaint(reading, wanted="seen")
        finally:
            self.forget()

    def take(self, base: Path) -> None:
        """Import the folder, as a base from a registry."""
        packed = ["tar", "--create", "--one-file-system", "--directory", str(base), "."]
        importing = [*self.program, "import", f"--change=LABEL {MARK}", "-", BASE]
        with subprocess.Popen(packed, stdout=subprocess.PIPE) as packing:
            subprocess.run(importing, check=True, stdin=packing.stdout, stdout=subprocess.DEVNULL)
        if packing.returncode:
            raise SystemExit(f"tar of {base} ended with {packing.returncode}")

    def build(self, work: Path, context: Path) -> Image:
        """Let it build, and unpack the image as it is saved."""
        building = self._building(CONTAINERFILE, context, ARGUMENTS | {"BASE": BASE})
        subprocess.run(building, check=True, stdout=subprocess.DEVNULL)
        archive, saved, root = work / "image.tar", work / "saved", work / "image"
        saving = [*self.program, "save", f"--output={archive}", NAME]
        subprocess.run(saving, check=True, stdout=subprocess.DEVNULL)
        _unpack(archive, saved)
        (told,) = json.loads((saved / "manifest.json").read_text(encoding="utf-8"))
        for layer in told["Layers"]:
            _unpack(saved / layer, root)
        config = json.loads((saved / told["Config"]).read_text(encoding="utf-8"))["config"]
        archive.unlink()
        shutil.rmtree(saved)
        return Image(
            root,
            dict(pair.split("=", 1) for pair in config["Env"]),
            config["Labels"],
            config["User"],
            config["WorkingDir"],
            config["Entrypoint"],
            config["Cmd"],
            config["Healthcheck"]["Test"][1:],
            list(config["Volumes"]),
        )

    def line(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        read: Mapping[str, Path],
        written: Mapping[str, Path],
    ) -> list[str]:
        """Run it in a container that goes when it ends, on the network of this machine, with the servers."""
        program, *words = command
        return [
            *(*self.program, "run", "--rm", "--interactive", "--network=host", "--read-only"),
            *("--cap-drop=all", "--security-opt=no-new-privileges", *LIMITS),
            "--tmpfs=/tmp:size=512m,mode=1777,noexec,nosuid,nodev",
            *(f"--env={name}={value}" for name, value in environment.items()),
            *(f"--volume={path}:{place}:ro" for place, path in read.items()),
            *(f"--volume={path}:{place}" for place, path in written.items()),
            *(f"--entrypoint={program}", NAME, *words),
        ]

    def forget(self) -> None:
        """Remove the image and its base, what still runs of it, and what was between the two."""
        asked = [*self.program, "ps", "--all", "--quiet", f"--filter=ancestor={NAME}"]
        running = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
        between = ["image", "prune", f"--filter=label={MARK}"]
        for words in (["rm", *running], ["image", "rm", NAME], ["image", "rm", BASE], between):
            subprocess.run([*self.program, *words, "--force"], capture_output=True, check=False)

    def _building(self, file: Path, context: Path, arguments: Mapping[str, str]) -> list[str]:
        return [
            *(*self.program, "build", "--quiet", "--network=host", *LIMITS, *OF_BUILDING[self.name]),
            *(f"--build-arg={name}={value}" for name, value in arguments.items()),
            *(f"--file={file}", f"--tag={NAME}", str(context)),
        ]


Engine = InFolder | InContainers
"""What takes a base, builds the image on it, runs commands in that, and forgets what it kept."""


def working(name: str, work: Path, told: list[str]) -> InContainers | None:
    """podman or docker as it can build and run here; tells why it can't, else."""
    reasons = [] if shutil.which(name) else ["it is not installed"]
    for number, program in enumerate(PROGRAMS[name] if not reasons else ()):
        engine = InContainers(name, program)
        reason = engine.why_not(work / f"{name}-{number}")
        if not reason:
            told.append(f"{' '.join(program)} can")
            return engine
        reasons.append(reason)
    told.append(f"{name} not tried: {reasons[0]}")
    return None


def make_context(folder: Path) -> Path:
    """Copy what a build may see: what the list beside the Containerfile lets through."""
    listed = (FOLDER / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    for name in (line.removeprefix("!") for line in listed if line.startswith("!")):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, target)
    return folder


def _unpack(archive: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    subprocess.run(["tar", "--extract", "--file", archive, "--directory", folder], check=True)


def _complaint(command: Sequence[str], *, wanted: str = "") -> str:
    """What a command says of its failing, in a line; nothing if it ends well and says what is wanted."""
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        return (ended.stderr.strip().splitlines() or [f"it ended with {ended.returncode}"])[-1][:200]
    return (
        "" if wanted in ended.stdout else f"wanted '{wanted}' of a file, found '{ended.stdout[:50].strip()}'"
    )


def _said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
