"""Lays out the image: Python, its libraries and the installed software, without a shell or any other tool.

Run in the build stage of the Containerfile by Debian's Python: ``python3 assemble.py /opt/hotspots /image``.
What nothing here imports is left out (:data:`LEFT_OUT`), only modules that are imported come compiled, and
symbols for debuggers are taken off; then all is imported once more as it will be, without rights. A list of
what is in it (CycloneDX), the licences, and Debian's list of its packages go along.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

OWNER = 65532
"""The account that runs; a number, so that Kubernetes sees that it is not root."""

LEFT_OUT = (
    # tests of packages, and what only a compiler, an editor or a debugger reads
    *("**/tests", "**/test", "**/*.pyi", "**/*.c", "**/*.h", "**/*.cpp", "**/*.pyx", "**/*.pxd", "**/*.pxi"),
    *("**/*.tp", "**/*.in", "**/*.a", "**/*.map", "**/*.f2cmap"),
    # languages that no page is in
    *("babel/locale-data/[!enr]*.dat", "babel/locale-data/e[!n]*.dat", "babel/locale-data/n[!l]*.dat"),
    *("babel/locale-data/r[!o]*.dat", "babel/locale-data/ro.dat", "babel/locale-data/ro_*.dat"),
    # compiled copies of what is there in Python too, and fonts for PDF by matplotlib: ours is by typst
    *("fontTools/**/*.so", "matplotlib/mpl-data/fonts/afm", "matplotlib/mpl-data/fonts/pdfcorefonts"),
    # windows of matplotlib, and its examples
    *("matplotlib/mpl-data/sample_data", "matplotlib/mpl-data/images", "matplotlib/backends/web_backend"),
    *("matplotlib/backends/_tkagg*.so", "PIL/_imagingtk*.so"),
    # what builds extensions or measures itself, examples, formats that no source has
    *("numpy/distutils", "numpy/_core/include", "numpy/_core/lib", "numpy/_core/_simd.*.so"),
    *("scipy/io/_fast_matrix_market", "scipy/odr", "scipy/datasets", "scipy/misc", "scipy/stats/_unuran"),
    *("sklearn/datasets/data", "sklearn/datasets/images", "sklearn/datasets/descr"),
    # what nothing here imports
    *("sqlalchemy/testing", "alembic/testing", "stdnum/oui.dat", "stdnum/imsi.dat", "scipy/signal"),
    *("scipy/cluster", "lxml/html", "lxml/objectify*.so", "lxml/includes", "lxml/isoschematron"),
    *("pygments/lexers/[!_p]*.py", "PIL/_avif*.so", "pillow.libs/libavif-*"),
    # copies for newer processors of what is there for all
    "rapidfuzz/**/*_avx2.*.so",
    # fonts that no picture uses
    *("matplotlib/mpl-data/fonts/ttf/STIX*", "matplotlib/mpl-data/fonts/ttf/cm*"),
    "matplotlib/mpl-data/fonts/ttf/DejaVuSerif*",
)
"""Parts of packages that are not in the image, as patterns below site-packages."""

WITHOUT_SOURCE = (
    *("fontTools", "geopandas", "matplotlib", "narwhals", "numpy", "pandas", "pydantic", "rich", "scipy"),
    *("sklearn", "sqlalchemy", "xlsxwriter"),
)
"""The largest packages, under BSD and MIT: of what is imported of these only compiled modules are in it."""

ONLY_IMPORTED = ("fontTools",)
"""Packages of which only the modules that are imported stay, as matplotlib imports one of many."""

STANDARD_LEFT_OUT = (
    *("curses", "distutils", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "test", "tkinter"),
    *("turtledemo", "venv"),
)
"""Parts of Python's own library that are not in the image."""

STANDARD_LIBRARIES = ("_crypt", "_curses", "_curses_panel", "_dbm", "_gdbm", "nis", "readline")
"""Parts of it for terminals and old databases, with libraries of their own."""

UNCHANGED = re.compile(r"libgeos|psycopg")
"""Libraries under a licence that asks to say what was changed: nothing is."""

WORTH_STRIPPING = 500_000  # bytes

IMPORT_ALL = """
import ast, importlib, importlib.util, pkgutil, sys
from pathlib import Path
import api, hotspots, jobs
named = set(sys.argv[1:])
for package in (api, hotspots, jobs):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if ".migrations" in module.name or module.name.endswith("__main__"):
            continue
        source = Path(importlib.import_module(module.name).__file__).read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                named |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                named.add(node.module)
for name in sorted(named - {"distributed", "dask", "winreg", "msvcrt"}):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name not in sys.builtin_module_names and not name.startswith(("hotspots", "api", "jobs")):
            print(f"not installed here: {error.name}")
if not sys.flags.dont_write_bytecode:
    for module in list(sys.modules.values()):
        path, cached = getattr(module, "__file__", None) or "", getattr(module, "__cached__", None)
        if path.endswith(".py") and cached:
            # what was compiled for the import, marked as not to be compared with its source
            compiled = Path(cached).read_bytes()
            source_hash = importlib.util.source_hash(Path(path).read_bytes())
            Path(cached).write_bytes(compiled[:4] + b"\\1\\0\\0\\0" + source_hash + compiled[16:])
"""
IMPORTED_BY_NAME = (
    "anyio._backends._asyncio",
    "lxml.etree",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "PIL.PngImagePlugin",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
)
"""What is imported at work though no module of ours names it."""


def main(environment: Path, image: Path) -> None:
    """Lay out the image of a virtual environment, which moves there."""
    packages = next(environment.glob("lib/python3.*/site-packages"))
    standard, interpreter = Path(os.__file__).parent, Path(os.path.realpath(sys.executable))
    python = environment / "bin" / "python"
    _leave_out(packages, environment / "bin", standard)
    subprocess.run([python, "-I", "-c", IMPORT_ALL, *IMPORTED_BY_NAME], check=True, cwd="/")
    _keep_compiled(packages, standard)
    shared = [path for path in packages.rglob("*.so*") if path.is_file()]
    _strip(
        path for path in shared if path.stat().st_size > WORTH_STRIPPING and not UNCHANGED.search(str(path))
    )

    _make_folders(image)
    needed = list(
        _libraries([interpreter, *standard.rglob("*.so"), *shared], own={path.name for path in shared})
    )
    for path in (interpreter, *needed):
        _copy(path, image)
    shutil.copytree(standard, image / standard.relative_to("/"), dirs_exist_ok=True)
    for link in Path("/usr/bin").glob("python3*"):
        if link.is_symlink() and link.resolve() == interpreter:
            image.joinpath("usr/bin", link.name).symlink_to(link.readlink())
    for name in (
        "etc/ssl/certs/ca-certificates.crt",
        "etc/os-release",
        "usr/lib/os-release",
        "etc/debian_version",
    ):
        _copy(Path("/", name), image)
    shutil.copytree(
        "/usr/share/zoneinfo", image / "usr/share/zoneinfo", ignore=shutil.ignore_patterns("right", "posix")
    )
    _write(
        image, "etc/passwd", f"root:x:0:0:root:/:/none\nhotspots:x:{OWNER}:{OWNER}::/var/lib/hotspots:/none\n"
    )
    _write(image, "etc/group", f"root:x:0:\nhotspots:x:{OWNER}:\n")
    _write(image, "etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")
    _write(image, "etc/hotspots/hotspots.toml", "# Mount your own settings here: see docs/deployment.md.\n")

    debian = _describe_debian(image, [interpreter, *needed])
    _describe_python(image, packages, debian)
    shutil.move(environment, image / environment.relative_to("/"))
    for path in image.rglob("*"):
        is_started = path.name == "hotspots" or path.name == interpreter.name or ".so" in path.name
        if path.is_file() and not path.is_symlink() and not is_started:
            path.chmod(0o644)
    subprocess.run(
        [
            "/usr/sbin/chroot",
            f"--userspec={OWNER}:{OWNER}",
            image,
            python,
            "-I",
            "-B",
            "-c",
            IMPORT_ALL,
            *IMPORTED_BY_NAME,
        ],
        check=True,
        env={"LANG": "C.UTF-8", "MPLCONFIGDIR": "/tmp/matplotlib"},
    )
    shutil.rmtree(image / "tmp/matplotlib", ignore_errors=True)
    size = sum(path.lstat().st_size for path in image.rglob("*") if path.is_symlink() or path.is_file())
    sys.stdout.write(f"{size / 1e6:.0f} MB in {image}\n")


def _leave_out(packages: Path, programs: Path, standard: Path) -> None:
    unwanted = [path for pattern in LEFT_OUT for path in packages.glob(pattern)]
    unwanted += [standard / name for name in STANDARD_LEFT_OUT]
    unwanted += [*standard.glob("config-3*"), *standard.rglob("test")]
    unwanted += [path for name in STANDARD_LIBRARIES for path in standard.glob(f"lib-dynload/{name}.*.so")]
    unwanted += [path for path in programs.iterdir() if not re.fullmatch(r"hotspots|python[\d.]*", path.name)]
    for path in unwanted:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _keep_compiled(packages: Path, standard: Path) -> None:
    """Keep of compiled modules those that were imported, and of some packages these only."""
    for compiled in [*packages.rglob("__pycache__/*.pyc"), *standard.rglob("__pycache__/*.pyc")]:
        if compiled.read_bytes()[4] != 1:  # of what nothing imports
            compiled.unlink()
    for name in WITHOUT_SOURCE:
        for compiled in list(packages.glob(f"{name}/**/__pycache__/*.pyc")):
            source = compiled.parent.parent / f"{compiled.name.partition('.')[0]}.py"
            compiled.replace(source.with_suffix(".pyc"))
            source.unlink()
    for name in ONLY_IMPORTED:
        for source in packages.glob(f"{name}/**/*.py"):
            source.unlink()


def _strip(libraries: Iterable[Path]) -> None:
    """Take symbols for debuggers off, but not of what then can't be loaded: some wheels moved parts."""
    for path in libraries:
        smaller = path.with_name(f"{path.name}.stripped")
        subprocess.run(["strip", "--strip-unneeded", "-o", smaller, path], check=True)
        told = subprocess.run(
            ["readelf", "--wide", "--segments", smaller], capture_output=True, text=True, check=True
        )
        parts = re.findall(r"LOAD +(0x\w+) (0x\w+) .* (0x\w+)$", told.stdout, re.MULTILINE)
        if parts and all((int(at, 16) - int(to, 16)) % int(align, 16) == 0 for at, to, align in parts):
            shutil.copymode(path, smaller)
            smaller.replace(path)
        else:
            smaller.unlink()


def _make_folders(image: Path) -> None:
    for name in (
        "dev",
        "etc",
        "opt",
        "proc",
        "run/secrets",
        "sys",
        "tmp",
        "usr/bin",
        "usr/share",
        "var/lib/hotspots",
    ):
        image.joinpath(name).mkdir(parents=True, exist_ok=True)
    for name in ("bin", "lib", "lib64"):  # links into usr, as in Debian
        image.joinpath(name).symlink_to(Path("/", name).readlink())
    image.joinpath("tmp").chmod(0o1777)
    os.chown(image / "var/lib/hotspots", OWNER, OWNER)
    image.joinpath("var/lib/hotspots").chmod(0o700)


def _copy(path: Path, image: Path) -> None:
    """Copy a file, and what it is a link to, to where it really lies."""
    real = path.parent.resolve() / path.name
    target = image / real.relative_to("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    if not os.path.lexists(target):
        shutil.copy2(real, target, follow_symlinks=False)
    if real.is_symlink():
        _copy(real.parent / real.readlink(), image)


def _libraries(programs: Iterable[Path], own: set[str]) -> Iterator[Path]:
    """The shared libraries of the system that programs need, and those that these need."""
    folders = [path for path in Path("/usr/lib").glob("*-linux-gnu*") if path.is_dir()] + [
        Path("/usr/lib64"),
        Path("/usr/lib"),
    ]
    waiting, seen = list(programs), set(own)
    while waiting:
        told = subprocess.run(
            ["readelf", "--wide", "--dynamic", *waiting], capture_output=True, text=True, check=False
        )
        names = set(re.findall(r"\(NEEDED\).*\[(.+)\]", told.stdout)) - seen
        names |= {"ld-linux-x86-64.so.2"} - seen if os.uname().machine == "x86_64" else set()
        seen |= names
        waiting = [folder / name for name in sorted(names) for folder in folders if (folder / name).exists()]
        yield from waiting


def _describe_debian(image: Path, files: Iterable[Path]) -> Mapping[str, str]:
    """Write which packages of Debian are in it, as scanners of images read it, and their licences."""
    names = {"base-files", "ca-certificates", "libpython3.11-stdlib", "tzdata"}
    for path in files:
        real = path.resolve()
        for one in (real, Path("/", *real.parts[2:]) if real.parts[1:2] == ("usr",) else real):
            told = subprocess.run(
                ["dpkg-query", "--search", one], capture_output=True, text=True, check=False
            )
            names |= {line.split(":")[0] for line in told.stdout.splitlines()}
    versions = {}
    for name in sorted(names):
        status = subprocess.run(
            ["dpkg-query", "--status", name], capture_output=True, text=True, check=False
        ).stdout
        if found := re.search(r"^Version: (.+)$", status, re.MULTILINE):
            versions[name] = found[1]
            _write(image, f"var/lib/dpkg/status.d/{name}", status)
        text = Path("/usr/share/doc", name, "copyright")
        if text.exists():
            _write(
                image, f"usr/share/doc/{name}/copyright", text.read_text(encoding="utf-8", errors="replace")
            )
    return versions


def _describe_python(image: Path, packages: Path, debian: Mapping[str, str]) -> None:
    """Write what is in it as a CycloneDX list, and the licence of each package as it declares it."""
    from email.parser import HeaderParser

    found = {}
    for folder in sorted(packages.glob("*.dist-info")):
        said = HeaderParser().parsestr((folder / "METADATA").read_text(encoding="utf-8"))
        licence = said["License-Expression"] or said["License"] or ""
        classified = [
            line.split(" :: ")[-1] for line in said.get_all("Classifier", []) if line.startswith("License")
        ]
        found[said["Name"]] = (
            said["Version"],
            licence if 0 < len(licence) < 80 else ", ".join(classified) or "unknown",
        )
    own = found.pop("hotspots")
    parts = [
        {
            "type": "library",
            "bom-ref": f"pkg:pypi/{name.lower()}@{version}",
            "name": name,
            "version": version,
            "licenses": [{"license": {"name": licence}}],
            "purl": f"pkg:pypi/{re.sub(r'[-_.]+', '-', name).lower()}@{version}",
        }
        for name, (version, licence) in found.items()
    ]
    parts += [
        {
            "type": "library",
            "bom-ref": f"pkg:deb/debian/{name}@{version}",
            "name": name,
            "version": version,
            "purl": f"pkg:deb/debian/{name}@{version}",
        }
        for name, version in debian.items()
    ]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": f"pkg:pypi/hotspots@{own[0]}",
                "name": "hotspots",
                "version": own[0],
                "licenses": [{"license": {"id": "EUPL-1.2"}}],
            }
        },
        "components": parts,
    }
    _write(image, "usr/share/hotspots/sbom.cdx.json", json.dumps(document, indent=1) + "\n")
    rows = [
        f"{name} {version}: {licence}\n" for name, (version, licence) in (("hotspots", own), *found.items())
    ]
    note = (
        "# Texts: in /opt/hotspots/lib/python3*/site-packages/*.dist-info and /usr/share/doc/*/copyright.\n"
    )
    _write(image, "usr/share/hotspots/licences.txt", note + "".join(rows))


def _write(image: Path, name: str, text: str) -> None:
    path = image / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
