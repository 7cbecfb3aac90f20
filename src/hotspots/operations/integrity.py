"""What must hold in every sound database; a list of what does not."""

from collections.abc import Iterator

from sqlalchemy import Connection, exists, func, or_, select, text

from hotspots.store.database import Database
from hotspots.store.report_tables import imports, report_versions, reports
from hotspots.store.run_tables import hotspot_states, hotspots, runs
from hotspots.store.schema_objects import differences


def check_database(database: Database) -> list[str]:
    """Give what is wrong in a database, one sentence each; nothing when it is sound.

    Raises
    ------
    SchemaError
        If the schema is not that of this version.
    """
    with database.reading() as connection:
        return list(_problems(connection))


def _problems(connection: Connection) -> Iterator[str]:
    if connection.dialect.name == "sqlite":
        for [found] in connection.execute(text("PRAGMA integrity_check")):
            if found != "ok":
                yield f"the file is damaged: {found}"
        broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        if broken:
            yield f"{len(broken)} rows point at rows that are not there"
    yield from differences(connection)
    for sentence, query in _QUERIES.items():
        count = connection.execute(query).scalar_one()
        if count:
            yield sentence.format(count)


_parts = (
    imports.c.new + imports.c.updated + imports.c.unchanged + imports.c.other_category + imports.c.rejected
)

_QUERIES = {
    "{} imports of which the counts do not add up": select(func.count()).where(
        or_(imports.c.read != _parts, imports.c.finished_at.is_(None))
    ),
    "{} earlier versions of reports that end after the next begins": select(func.count())
    .select_from(report_versions.join(reports))
    .where(report_versions.c.known_until > reports.c.known_from),
    "{} runs that signalled another number of hotspots than they say": select(func.count())
    .select_from(runs)
    .where(
        runs.c.signalled_count
        != select(func.count())
        .where(hotspot_states.c.run_id == runs.c.id, hotspot_states.c.is_signalled)
        .scalar_subquery()
    ),
    "{} hotspots that no run knows": select(func.count())
    .select_from(hotspots)
    .where(~exists().where(hotspot_states.c.hotspot_id == hotspots.c.id)),
}
