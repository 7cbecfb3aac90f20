"""Rows become the dataclasses that they are read for."""

from dataclasses import dataclass

from sqlalchemy import insert, select

from hotspots.store.database import Database
from hotspots.store.operation_tables import facts
from hotspots.store.records import as_record, select_as


@dataclass(frozen=True)
class Fact:
    """Two columns of `facts`, in another order than in the table."""

    value: str
    name: str


def test_a_record_takes_its_fields_from_columns_of_that_name_and_the_others_as_given(
    database: Database,
) -> None:
    with database.writing() as connection:
        connection.execute(insert(facts).values(name="x", value="1"))
        whole = connection.execute(select(facts).where(facts.c.name == "x")).one()
        chosen = connection.execute(select_as(Fact, facts).where(facts.c.name == "x")).one()
    assert as_record(Fact, whole) == Fact(*chosen) == Fact("1", "x")
    assert as_record(Fact, whole, value="2") == Fact("2", "x")
