"""Many rows at once, with ids that are known beforehand."""

import gc

from sqlalchemy import BindParameter, Connection, func, insert, select

from hotspots.store.batches import insert_columns, is_among, next_ids
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


def test_the_values_that_are_looked_for_are_let_go_with_the_statement(database: Database) -> None:
    """An import looks for thousands of ids in each batch, and for circles of objects hardly ever."""

    def held() -> int:
        objects = [one for one in gc.get_objects() if isinstance(one, BindParameter)]
        return sum("looked for" in str(one.value) for one in objects)

    def look(connection: Connection) -> None:
        query = select(reporters.c.id).where(is_among(connection, reporters.c.hash, ["looked for"]))
        assert not connection.execute(query).all()

    with database.reading() as connection:
        look(connection)  # SQLAlchemy keeps the first of a kind, as what it is compiled from
        gc.collect()
        gc.disable()
        try:
            before = held()
            for _ in range(3):
                look(connection)
            assert held() == before
        finally:
            gc.enable()


def test_finds_what_is_among_values_with_marks_of_their_own(database: Database) -> None:
    written = ['a"b', "c\\d", "é", ":among", "[1]"]
    with database.writing() as connection:
        insert_columns(connection, reporters, {"id": range(1, 6), "hash": written})
        query = select(reporters.c.hash).where(is_among(connection, reporters.c.hash, [*written, "other"]))
        assert set(connection.execute(query).scalars()) == set(written)
        both = query.where(is_among(connection, reporters.c.id, [2, 3]))
        assert set(connection.execute(both).scalars()) == set(written[1:3])
