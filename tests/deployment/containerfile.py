"""The steps of a Containerfile, done in root folders with ``chroot`` as an engine does them.

Only the instructions that ours has, and only what they mean there; any other is refused. Mounts are made in
the namespace of the process, so it must have one of its own (``unshare --mount``).
"""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
OF_MACHINE = (Path("/proc"), Path("/dev"), Path("/etc/resolv.conf"))
"""What RUN sees of this machine."""


@dataclass(frozen=True)
class Instruction:
    """One instruction, with its line for messages."""

    line: int
    name: str
    text: str


@dataclass
class Image:
    """What a stage becomes: its root folder, and how it is run."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    user: str = "0:0"
    folder: str = "/"
    entrypoint: Sequence[str] = ()
    command: Sequence[str] = ()
    health: Sequence[str] = ()
    volumes: Sequence[str] = ()


def read_instructions(path: Path) -> list[Instruction]:
    """The instructions of a Containerfile, without comments and with their lines joined."""
    found: list[Instruction] = []
    text, start = "", 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#") or not (text or line.strip()):
            continue
        start = start if text else number
        if line.endswith("\\"):
            text += line[:-1]
            continue
        name, _, rest = (text + line).strip().partition(" ")
        found.append(Instruction(start, name, rest.strip()))
        text = ""
    return found


@dataclass
class Builder:
    """Does the instructions in root folders below ``work``.

    Parameters
    ----------
    context
        From where COPY takes files.
    base
        The root folder for which every base stands.
    arguments
        Values of ARG (``--build-arg``).
    """

    context: Path
    base: Path
    work: Path
    arguments: Mapping[str, str] = field(default_factory=dict)

    def build(self, instructions: Sequence[Instruction]) -> Image:
        """Do them all; gives the last stage."""
        stages: dict[str, Image] = {}
        values: dict[str, str] = {}
        image = Image(self.base)
        for step in instructions:
            if step.name == "FROM":
                source, _, name = step.text.partition(" AS ")
                image = self._begin(_filled(source, values), name or f"stage-{len(stages)}")
                stages[name or f"stage-{len(stages)}"] = image
            elif step.name == "ARG":
                key, _, default = step.text.partition("=")
                values[key] = self.arguments.get(key, default)
            elif step.name == "COPY":
                self._copy(image, step, stages)
            elif step.name == "RUN":
                _run(image, step)
            else:
                _note(image, step, values)
        return image

    def _begin(self, source: str, name: str) -> Image:
        root = self.work / name
        if source == "scratch":
            root.mkdir(parents=True)
        else:  # every base is the root folder made of Debian's packages
            self.base.rename(root)
        return Image(root)

    def _copy(self, image: Image, step: Instruction, stages: Mapping[str, Image]) -> None:
        words = shlex.split(step.text)
        origin = self.context
        if words[0].startswith("--from="):
            origin = stages[words.pop(0).removeprefix("--from=")].root
        *sources, target = words
        to = image.root / target.lstrip("/")
        for source in sources:
            path = origin / source.lstrip("/")
            if path.is_dir():
                _copy_folder(path, to, is_own=origin != self.context)
            else:
                file = to / path.name if target.endswith("/") else to
                file.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, file)


def _run(image: Image, step: Instruction) -> None:
    command = _words_of(step.text) or ["/bin/sh", "-c", step.text]
    mounted = [_mount(path, image.root / path.relative_to("/")) for path in OF_MACHINE]
    try:
        subprocess.run(
            ["chroot", image.root, *command],
            check=True,
            env={"PATH": PATH, "HOME": "/root", **image.environment},
            stdin=subprocess.DEVNULL,
        )
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"line {step.line}: '{step.text[:60]}…' ended with {error.returncode}") from None
    finally:
        for path in reversed(mounted):
            subprocess.run(["umount", "--recursive", "--lazy", path], check=True)


def _mount(source: Path, target: Path) -> Path:
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    subprocess.run(["mount", "--rbind", source, target], check=True)
    return target


def _note(image: Image, step: Instruction, values: Mapping[str, str]) -> None:
    """Remember how a stage is run."""
    match step.name:
        case "ENV" | "LABEL":
            pairs = dict(word.split("=", 1) for word in shlex.split(_filled(step.text, values)))
            (image.environment if step.name == "ENV" else image.labels).update(pairs)
        case "USER":
            image.user = step.text
        case "WORKDIR":
            image.folder = step.text
            image.root.joinpath(step.text.lstrip("/")).mkdir(parents=True, exist_ok=True)
        case "ENTRYPOINT":
            image.entrypoint = _words_of(step.text)
        case "CMD":
            image.command = _words_of(step.text)
        case "HEALTHCHECK":
            image.health = _words_of(step.text.partition("CMD")[2].strip())
        case "VOLUME":
            image.volumes = [*image.volumes, step.text]
        case "EXPOSE" | "STOPSIGNAL":
            pass
        case _:
            raise SystemExit(f"line {step.line}: no step here does '{step.name}'")


def _words_of(text: str) -> list[str]:
    """The words of a command that goes without a shell; none if it is one for the shell."""
    return list(json.loads(text)) if text.startswith("[") else []


def _filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda found: values[found[1]], text)


def _copy_folder(source: Path, target: Path, *, is_own: bool) -> None:
    """Copy what is in a folder: of a stage as other names of the same files, as a stage is used once."""
    target.mkdir(parents=True, exist_ok=True)
    how = ["--archive", "--link"] if is_own else ["--recursive", "--preserve=mode,timestamps"]
    subprocess.run(["cp", *how, "--no-target-directory", source, target], check=True)
