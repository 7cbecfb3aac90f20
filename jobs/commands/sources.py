"""`hotspots sources`: the mappings by which files of reports are read."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hotspots.errors import MappingError
from hotspots.files.private_files import write_privately
from hotspots.intake.sources.mapping import read_mapping, source_names
from hotspots.intake.sources.mapping_files import (
    is_own,
    restore_version,
    save_mapping,
    tell_untold,
    versions_of,
)
from hotspots.intake.sources.mapping_text import toml_of
from hotspots.intake.sources.proposing import fitting, propose
from hotspots.intake.sources.sampling import take_sample
from jobs.commands import add_group
from jobs.terminal import AsJson, opened, show, tell

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of the source.")]
Reason = Annotated[str, typer.Option(help="Why: it stands in the history.")]


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    add_group(
        app,
        "sources",
        list_=list_sources,
        propose=propose_mapping,
        save=save_file,
        versions=list_versions,
        restore=restore,
    )


def list_sources(as_json: AsJson = False) -> None:
    """List the sources, and how many versions of the mapping of each were saved."""
    with opened() as (settings, database):
        with database.writing() as connection:
            tell_untold(connection, settings.sources)
        found = [
            {
                "name": name,
                "own": is_own(settings.sources, name),
                "versions": len(versions_of(settings.sources, name)),
            }
            for name in source_names(settings.sources)
        ]
    if as_json:
        show({"sources": found}, as_json)
    for one in () if as_json else found:
        kind = "of the municipality" if one["own"] else "ships with hotspots"
        sys.stdout.write(f"{one['name']:<24}  {kind}, {one['versions']} saved version(s)\n")


def propose_mapping(
    file: Annotated[Path, typer.Argument(help="An export: CSV, XLSX, ODS, JSON, JSON Lines or a zip.")],
    sheet: Annotated[str, typer.Option(help="Of a workbook with more than one filled sheet.")] = "",
    output: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="Write it here; by default it is shown.")
    ] = None,
) -> None:
    """Propose a mapping for a file, by the names of its columns and what is in them.

    Look it over, above all its categories; then `hotspots sources save NAME FILE.toml`.
    """
    with opened() as (settings, _):
        sample = take_sample(file, limits=settings.reading, sheet=sheet)
        proposal = propose(sample, crs=settings.municipality.crs)
        known = fitting(settings.sources, sample)
    text = toml_of(proposal.mapping)
    for name in known:
        tell(f"this file can be read as source '{name}'")
    for name in proposal.absent:
        tell(f"no column found for '{name}': name it, as a mapping must have it")
    if output is None:
        sys.stdout.write(text)
    else:
        try:
            write_privately(output, text.encode())
        except OSError as error:
            raise MappingError(f"can't write '{output}' ({error.strerror})") from None


def save_file(
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="The mapping.")],
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Save a mapping as the next version of a source: from then on it counts."""
    read_mapping(file)
    text = file.read_text(encoding="utf-8-sig")
    with opened() as (settings, database), database.writing() as connection:
        saved = save_mapping(
            connection, settings.sources, name, text, by=None, at=datetime.now(UTC), reason=reason
        )
    show({"source": name, "version": saved.number}, as_json)


def list_versions(name: Name, as_json: AsJson = False) -> None:
    """List the saved versions of the mapping of a source, the latest first."""
    with opened() as (settings, _):
        found = versions_of(settings.sources, name)
    if as_json:
        versions = [{"version": one.number, "savedAt": one.saved_at, "sha256": one.digest} for one in found]
        show({"source": name, "versions": versions}, as_json)
    for one in () if as_json else found:
        at = "written by hand before" if one.saved_at is None else f"{one.saved_at:%Y-%m-%d %H:%M} UTC"
        sys.stdout.write(f"{one.number:>4}  {at}\n")


def restore(
    name: Name,
    version: Annotated[int, typer.Argument(min=1, max=10**9, help="The number of the version.")],
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Let an earlier version of a mapping count again, as a new version."""
    with opened() as (settings, database), database.writing() as connection:
        saved = restore_version(
            connection, settings.sources, name, version, by=None, at=datetime.now(UTC), reason=reason
        )
    show({"source": name, "version": saved.number}, as_json)
