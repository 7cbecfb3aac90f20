"""`hotspots setup`: the areas, the addresses and the settings file of a municipality."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hotspots.errors import HotspotsError, SettingsError
from hotspots.files.private_files import make_private_folder, temporary_folder, write_privately
from hotspots.geography.area_files import AreaFile
from hotspots.operations.replacing import Register
from hotspots.settings import Settings, load_settings
from hotspots.store.database import Database
from jobs.commands.replacing import (
    AcceptChanges,
    addresses_from,
    areas_from,
    put_addresses,
    put_areas,
    tell_notes,
)
from jobs.terminal import AsJson, progress, show, tell

Source = Annotated[
    str, typer.Option(metavar="FILE|URL", help="Where they are; without it PDOK is asked, as [pdok] says.")
]


@dataclass(frozen=True)
class Answers:
    """What only a person knows of an installation."""

    code: str
    name: str
    database: str
    source: str
    timezone: str
    crs: str


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    app.command("setup")(setup)


def setup(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Of the municipality, by CBS, such as GM0935.")],
    areas: Source = "",
    addresses: Source = "",
    output: Annotated[Path, typer.Option(metavar="FILE", help="The settings file to write.")] = Path(
        "config/hotspots.toml"
    ),
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that is there; keep it as .old.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: take what is usual.")] = False,
    accept_changes: AcceptChanges = False,
    as_json: AsJson = False,
) -> None:
    """Set up a municipality: its areas, its addresses and a settings file.

    Areas and addresses are fetched from PDOK, or read from files. It asks what it can't know: the database,
    and the source of the reports. Nothing is stored or written before all is fetched and read.
    """
    if output.exists() and not overwrite:
        raise SettingsError(
            f"'{output}' is there: name another file with --output, or say --overwrite to replace it"
        )
    answers = _ask(code.strip().upper(), yes=yes)
    with temporary_folder() as folder:
        draft = folder / "hotspots.toml"
        write_privately(draft, _settings_file(answers).encode())
        settings = load_settings(draft)
        found, contents = _read(settings, areas, addresses, quiet=as_json)
        whole = Answers(**vars(answers) | {"name": _name_of(found, answers.code, yes=yes)})
        write_privately(draft, _settings_file(whole).encode())
        settings = load_settings(draft)
        sources = (areas or settings.pdok.areas, addresses or settings.pdok.addresses)
        _store(settings, found, contents, sources, accept_changes=accept_changes)
        _write(draft.read_bytes(), output)
    tell_notes(found.notes)
    show(
        {
            "settings": str(output),
            "name": whole.name,
            "areas": len(found.areas),
            "wijken": found.areas["wijkcode"].nunique(),
            "addresses": len(contents.contents.table) - contents.outside,
            "refusedAddresses": len(contents.contents.refused),
            "database": settings.database.url.rpartition("@")[2],
        },
        as_json,
    )
    tell(f"next: HOTSPOTS_CONFIG={output} hotspots reports import FILE --source {whole.source} --dry-run")


def _ask(code: str, *, yes: bool) -> Answers:
    plain = Settings()
    is_dutch = code.startswith("GM")

    def ask(question: str, usual: str) -> str:
        return usual if yes else str(typer.prompt(question, default=usual, err=True)).strip()

    return Answers(
        code=code,
        name="",
        database=ask("Database", plain.database.url),
        source=ask("Source of the reports (a mapping in config/sources)", plain.jobs.inbox_source),
        timezone=plain.municipality.timezone if is_dutch else ask("Time zone", plain.municipality.timezone),
        crs=plain.municipality.crs if is_dutch else ask("Coordinate system", plain.municipality.crs),
    )


def _name_of(found: AreaFile, code: str, *, yes: bool) -> str:
    """The name of the municipality as the areas have it, else as a person says."""
    names = sorted(set(found.areas["gemeentenaam"]) - {""})
    if len(names) == 1:
        return str(names[0])
    return code if yes else str(typer.prompt("Name of the municipality", default=code, err=True)).strip()


def _read(settings: Settings, areas: str, addresses: str, *, quiet: bool) -> tuple[AreaFile, Register]:
    code = settings.municipality.code
    with progress(quiet=quiet) as bar:
        with _explained("areas", f"--areas FILE, or check that {code} is the code of the municipality"):
            found = areas_from(areas or settings.pdok.areas, settings, bar)
        with _explained("addresses", "--addresses FILE"):
            register = addresses_from(addresses or settings.pdok.addresses, settings, found.areas, bar)
    return found, register


@contextmanager
def _explained(what: str, instead: str) -> Iterator[None]:
    try:
        yield
    except HotspotsError as error:
        raise type(error)(
            f"{what}: {error}. Nothing is stored or written: try again later, or say {instead}"
        ) from None


def _store(
    settings: Settings,
    found: AreaFile,
    register: Register,
    sources: tuple[str, str],
    *,
    accept_changes: bool,
) -> None:
    """Put areas and addresses into the database: both, or neither when one would harm what is there."""
    with closing(Database(settings.database.url)) as database:
        database.upgrade()
        if not accept_changes:
            harm = put_areas(database, settings, found, name=sources[0], dry_run=True)[1]
            harm += put_addresses(database, settings, register, name=sources[1], dry_run=True)[1]
            if harm:
                raise SettingsError(
                    f"{'; '.join(harm)}. Nothing is stored or written: take other files or another database, "
                    "or say --accept-changes"
                )
        put_areas(database, settings, found, name=sources[0], accept_changes=True)
        put_addresses(database, settings, register, name=sources[1], accept_changes=True)


def _settings_file(answers: Answers) -> str:
    plain = Settings()
    municipality = {"name": answers.name, "code": answers.code}
    for name in ("timezone", "crs"):
        if getattr(answers, name) != getattr(plain.municipality, name):
            municipality[name] = getattr(answers, name)
    tables = {
        "municipality": municipality,
        "database": {"url": answers.database},
        "jobs": {"inbox_source": answers.source},
    }
    lines = [
        f"# Written by `hotspots setup {answers.code}` on {datetime.now(UTC).date().isoformat()}.",
        "# It names what was asked or differs; the file that ships has all settings with their reasons.",
    ]
    for table, values in tables.items():
        # a JSON string is a TOML string too
        lines += [
            "",
            f"[{table}]",
            *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()),
        ]
    return "\n".join(lines) + "\n"


def _write(content: bytes, path: Path) -> None:
    """Write the settings file; one that was there is kept beside it."""
    try:
        make_private_folder(path.parent)
        if path.exists():
            path.replace(path.with_name(path.name + ".old"))
        write_privately(path, content)  # the address of a database may hold a password
    except OSError as error:
        raise SettingsError(
            f"areas and addresses are stored, but '{path}' can't be written ({error.strerror}): say --output "
            "with another file"
        ) from None
