from datetime import UTC, datetime, timedelta
from typing import Any

from hotspots.access.admin_changes import Kind, read_changes, record_change
from hotspots.access.rights import Actor
from hotspots.store.database import Database

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
BEHEERDER = Actor("7", "B. Heerder", None)


def test_a_change_tells_who_what_before_after_and_why(database: Database) -> None:
    with database.writing() as connection:
        record_change(
            connection,
            kind=Kind.RULES,
            about="min_reports",
            by=BEHEERDER,
            at=NOW,
            before={"min_reports": 6},
            after={"min_reports": 8},
            reason="Te veel plekken.",
        )
        record_change(connection, kind=Kind.AREAS, about="x" * 300, by=None, at=NOW + timedelta(days=1))

    with database.reading() as connection:
        areas, rules = read_changes(connection)
        assert (rules.actor, rules.kind, rules.about) == ("B. Heerder", "regels", "min_reports")
        assert (rules.before, rules.after) == ({"min_reports": 6}, {"min_reports": 8})
        assert (rules.at, rules.reason) == (NOW, "Te veel plekken.")
        assert (areas.actor, areas.before, areas.after, areas.reason) == ("command line", None, None, None)
        assert len(areas.about) == 200


def test_changes_are_found_by_kind_subject_and_period(database: Database) -> None:
    with database.writing() as connection:
        for day, kind in enumerate((Kind.JOB, Kind.JOB, Kind.SOURCE)):
            record_change(connection, kind=kind, about=f"{day}", by=None, at=NOW + timedelta(days=day))

    with database.reading() as connection:

        def found(**chosen: Any) -> list[str]:
            return [change.about for change in read_changes(connection, **chosen)]

        assert found(kind=Kind.JOB) == ["1", "0"]
        assert found(about="2") == ["2"]
        assert found(since=NOW + timedelta(days=1)) == [
            "2",
            "1",
        ]
        assert found(until=NOW + timedelta(days=1)) == ["0"]
        assert found(offset=1, limit=1) == ["1"]
