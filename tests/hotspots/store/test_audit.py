"""The processing log has one line per processing, also when it fails or nothing of it is kept."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from hotspots.access.accounts import add_user, change_password, change_user, disable_user
from hotspots.access.machine_tokens import add_token, revoke_token
from hotspots.access.rights import Actor, Right, Role, Sharing
from hotspots.access.sessions import sign_in
from hotspots.casework.cases import CaseAccess
from hotspots.casework.dossier import comment, enrich
from hotspots.errors import HotspotsError, SourceError, StoreError
from hotspots.intake.import_reports import import_reports
from hotspots.publishing.subscriptions import subscribe, unsubscribe
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.audit import STATUS_ERROR, STATUS_OK, processing
from hotspots.store.database import Database
from hotspots.store.operation_tables import facts, processing_log
from hotspots.store.run_tables import rule_previews
from hotspots.weekly.preview_jobs import do_preview

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
PASSWORD = "correct horse battery"
HEADER = (
    "meldingnummer;meldtijd;hoofdcategorie;subcategorie;omschrijving;straatnaam;huisnummer;huisletter;"
    "huisnummertoevoeging;postcode;woonplaats;rd_x;rd_y;melder"
)


def lines(database: Database) -> list[tuple[str, int]]:
    with database.reading() as connection:
        rows = connection.execute(select(processing_log).order_by(processing_log.c.id)).all()
    return [(row.name, row.status) for row in rows]


def test_an_import_has_one_line_also_when_it_is_a_dry_run_or_fails(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
    path = tmp_path / "reports.csv"
    path.write_text(f"{HEADER}\nM-1;2024-03-01 21:35;Overlast drugs;;x;;;;;;;176500;317900;a\n")
    import_reports(database, settings, path, "melddesk", now=NOW, dry_run=True)
    import_reports(database, settings, path, "melddesk", now=NOW)

    def fail(_: object) -> None:
        raise StoreError("no room")

    path.write_text(path.read_text().replace("M-1", "M-2"))
    with pytest.raises(StoreError, match="no room"):
        import_reports(database, settings, path, "melddesk", now=NOW, before_commit=fail)
    path.write_text("a;b\n1;2\n")
    with pytest.raises(HotspotsError):
        import_reports(database, settings, path, "melddesk", now=NOW)
    name = "meldingen inlezen"
    assert lines(database) == [(name, STATUS_OK)] * 2 + [(name, STATUS_ERROR)] * 2


def test_a_line_that_is_kept_with_the_work_is_written_once(database: Database) -> None:
    with processing(database, "aanmelden", now=NOW) as write, database.writing() as connection:
        connection.execute(insert(facts).values(name="a", value="b"))
        write(connection)
    assert lines(database) == [("aanmelden", STATUS_OK)]


def test_an_error_is_told_also_where_its_line_can_not_be_written(tmp_path: Path) -> None:
    blank = Database(f"sqlite:///{tmp_path / 'blank.sqlite'}")
    with pytest.raises(SourceError, match="as it was"), processing(blank, "back-up terugzetten", now=NOW):
        raise SourceError("as it was")
    blank.close()


def test_a_change_of_a_case_is_one_line(
    database: Database, settings: Settings, placed: Callable[..., str], oov: Actor
) -> None:
    hotspot = placed()
    comment(CaseAccess(database, settings, oov, hotspot, NOW), "x")
    enrich(CaseAccess(database, settings, oov, hotspot, NOW), "x", sharing=Sharing.OOV)
    assert lines(database) == [("dossier bijwerken", STATUS_OK)] * 2


def test_signing_in_and_every_change_of_who_may_what_is_a_line(
    database: Database, settings: Settings
) -> None:
    person: dict[str, Any] = {"name": "agent", "full_name": "A", "role": Role.OOV}
    add_user(database, **person, password=PASSWORD, created_by="x", now=NOW)
    sign_in(database, settings.sign_in, name="agent", password=PASSWORD, now=NOW)
    change_user(database, **person, now=NOW)
    change_password(database, name="agent", password=f"{PASSWORD} 2", now=NOW)
    disable_user(database, name="agent", now=NOW)
    scopes, ends = [Right.READ_HOTSPOTS], datetime(2024, 4, 1, tzinfo=UTC)
    token, _ = add_token(database, name="x", scopes=scopes, expires_at=ends, created_by="x", now=NOW)
    revoke_token(database, token_id=token, now=NOW)
    subscribe(database, name="agent", address="a@example.org", now=NOW)
    unsubscribe(database, name="agent", now=NOW)
    managing = ("toegang beheren", STATUS_OK)
    assert lines(database) == [managing, ("aanmelden", STATUS_OK), *[managing] * 7]


def test_a_preview_of_other_rules_is_a_line(database: Database, settings: Settings) -> None:
    with database.writing() as connection:
        asked = {"asked_at": NOW, "asked_by": "x", "beat_at": NOW, "done": 0, "total": 1}
        week = {"first": NOW.date(), "last": NOW.date(), "changes": ["detection.min_days=7"]}
        connection.execute(insert(rule_previews).values({**asked, **week}))
    do_preview(database, settings, 1, clock=lambda: NOW)
    assert lines(database) == [("andere regels proberen", STATUS_OK)]
