"""Many rows at once, with ids that are known beforehand."""

from sqlalchemy import func, insert, select

from hotspots.store.batches import insert_columns, next_ids
from hotspots.store.database import Database
from hotspots.store.report_tables import reporters


def test_ids_that_are_asked_for_are_free_and_stay_taken(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(insert(reporters), [{"hash": "first"}])
        ids = next_ids(connection, reporters, 3)
        insert_columns(connection, reporters, {"id": ids, "hash": ["a", "b", "c"]})
        connection.execute(insert(reporters), [{"hash": "last"}])
        assert connection.execute(select(func.count()).select_from(reporters)).scalar_one() == 5
        rows = connection.execute(select(reporters.c.hash, reporters.c.id))
        stored = {row.hash: row.id for row in rows}
    assert [stored[name] for name in "abc"] == sorted(ids)
    assert stored["first"] < min(ids) <= max(ids) < stored["last"]
    assert next_ids(connection, reporters, 0) == ()
