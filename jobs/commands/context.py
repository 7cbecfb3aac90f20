"""`hotspots context …`: schools, alcohol bans and other places that maps and pages show beside hotspots."""

from typing import Annotated

import typer

from hotspots.errors import BackgroundError
from hotspots.geography.context_files import read_context_file
from hotspots.geography.projection import Projection
from hotspots.store.context import read_context_imports, remove_context, replace_context
from jobs.commands import add_group
from jobs.commands.background import Attribution, Source, local_file
from jobs.terminal import AsJson, opened, progress, show

Kind = Annotated[
    str,
    typer.Option(
        "--kind",
        metavar="KIND",
        help="What all of it is, as [context.kinds] names it; else a column soort or kind tells.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    add_group(app, "context", import_=import_context, remove=remove, show=show_context)


def import_context(
    file: Source, attribution: Attribution = "", kind: Kind = "", as_json: AsJson = False
) -> None:
    """Import points and areas to show beside hotspots, such as schools or where an alcohol ban holds.

    Only what lies in and around the municipality is kept. It replaces what was imported of the same kinds.
    Detection never reads it. Whoever may see a map sees these places: import none that is secret.
    """
    with opened() as (settings, database):
        kinds = settings.context.kinds
        if kind and kind not in kinds:
            raise BackgroundError(
                f"wanted --kind {', '.join(sorted(kinds))}, found '{kind}': add it to [context.kinds]"
            )
        with (
            progress(quiet=as_json) as bar,
            local_file(file, database, settings, bar) as (path, _, box),
        ):
            frame = read_context_file(
                path,
                Projection(settings.municipality.crs),
                box,
                kinds,
                limits=settings.reading,
                kind=kind,
            )
        with database.writing() as connection:
            replace_context(connection, frame, attribution=attribution)
    counts = frame["kind"].value_counts().sort_index().to_dict()
    show({"places": len(frame), **counts, "attribution": attribution}, as_json)


def remove(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="What is removed.")], as_json: AsJson = False
) -> None:
    """Remove the places of a kind."""
    with opened() as (_, database), database.writing() as connection:
        count = remove_context(connection, kind)
        if not count:
            there = [each.kind for each in read_context_imports(connection)]
            raise BackgroundError(
                f"wanted a kind of which there are places ({', '.join(there) or 'none'}), found '{kind}'"
            )
    show({"removed": count}, as_json)


def show_context(as_json: AsJson = False) -> None:
    """Tell of which kinds there are places, and whose data they are."""
    with opened() as (_, database), database.reading() as connection:
        found = read_context_imports(connection)
    if as_json:
        show({each.kind: {"places": each.count, "attribution": each.attribution} for each in found}, as_json)
        return
    told = {each.kind: f"{each.count}  {each.attribution}".rstrip() for each in found}
    show(told or {"places": 0}, as_json)
