"""`/privacy/inzage`."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from hotspots.access.access_log import log_access
from hotspots.access.reading_reasons import GivenReason
from hotspots.access.rights import Actor, Right, Role
from hotspots.store.case_tables import access_log
from hotspots.store.database import Database
from hotspots.store.run_tables import hotspots

DAY = datetime(2023, 12, 4, 11, tzinfo=UTC)
NIGHT = datetime(2023, 12, 5, 1, tzinfo=UTC)
AGENT = Actor("a", "A. Agent", Role.GEBIEDSTEAM, "politie", frozenset({"Mariaberg"}))
ADVISOR = Actor("o", "O. Adviseur", Role.OOV, "OOV")
PERIOD = "van=2023-12-04&tot=2023-12-05"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the log itself is tested on both."""
    return sqlite_url


@pytest.fixture
def officer(
    client: TestClient,
    three_weeks: object,
    sessions: Callable[[str], str],
    database: Database,
) -> TestClient:
    """The privacy officer: an agent read a place by day, an adviser another by night."""
    with database.writing() as connection:
        ids = {row.number: row.id for row in connection.execute(select(hotspots.c.number, hotspots.c.id))}
        for actor, number, at in ((AGENT, "HS-2023-001", DAY), (ADVISOR, "HS-2023-002", NIGHT)):
            log_access(
                connection,
                actor=actor,
                right=Right.READ_TEXTS,
                report_count=3,
                now=at,
                hotspot_id=ids[number],
                gebied="Mariaberg",
                reason=GivenReason("anders", "Een <b>klacht</b>"),
            )
    client.cookies.set("hotspots_sessie", sessions("privacy"))
    return client


@pytest.mark.parametrize(
    ("choice", "shown"),
    [
        ("", {"HS-2023-001", "HS-2023-002"}),
        ("&persoon=a", {"HS-2023-001"}),
        ("&plek=HS-2023-002", {"HS-2023-002"}),
        ("&toon=opvallend", {"HS-2023-002"}),
        ("&plek=HS-1900-001", set()),
    ],
    ids=["all", "a person", "a place", "what stands out", "an unknown place"],
)
def test_the_log_is_chosen_by_person_and_place_and_what_stands_out(
    officer: TestClient, choice: str, shown: set[str]
) -> None:
    page = officer.get(f"/privacy/inzage?{PERIOD}{choice}").text
    assert {number for number in ("HS-2023-001", "HS-2023-002") if f">{number}</a>" in page} == shown
    assert "<b>klacht" not in page


def test_the_log_is_taken_along_and_that_is_a_line_of_it(officer: TestClient, database: Database) -> None:
    file = officer.get(f"/privacy/inzage/download?{PERIOD}&toon=opvallend")
    (row,) = csv.DictReader(io.StringIO(file.text.removeprefix("\ufeff")), delimiter=";")
    assert (row["persoon"], row["plek"], row["opvallend"]) == ("O. Adviseur", "HS-2023-002", "in de nacht")
    with database.reading() as connection:
        last = connection.execute(select(access_log).order_by(access_log.c.id.desc()).limit(1)).one()
    assert (last.right_used, last.taken_as) == ("inzage.lezen", "csv")


def test_the_api_has_the_same(officer: TestClient) -> None:
    found = officer.get("/v1/inzage?van=2023-12-05&tot=2023-12-05").json()["inzage"]
    assert [(line["nummer"], line["opvallend"], line["reden"]) for line in found] == [
        ("HS-2023-002", ["in de nacht"], "anders")
    ]
    assert officer.get("/v1/inzage?van=2023-12-05&tot=2023-12-04").status_code == 400
