"""Which weekly runs there were, and single facts about the database."""

from datetime import date

from sqlalchemy import Connection, select

from hotspots.store.tables import facts, runs

SIMULATED = "simulated"
"""Name of the fact that says that the reports are made up."""


def read_peildatums(connection: Connection) -> list[date]:
    """The peildatum of every run, latest first."""
    return list(connection.execute(select(runs.c.as_of).order_by(runs.c.as_of.desc())).scalars())


def is_simulated(connection: Connection) -> bool:
    """Whether the reports in this database are made up, which every page then says."""
    return connection.execute(select(facts.c.value).where(facts.c.name == SIMULATED)).first() is not None
