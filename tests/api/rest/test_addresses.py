"""`/v1/adressen`: the review queue is read and corrected by who may, and every use is logged."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from hotspots.geocoding.register_store import replace_addresses
from hotspots.intake.import_reports import import_reports
from hotspots.settings import PrivacySettings, Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.case_tables import access_log
from hotspots.store.database import Database
from hotspots.store.place_tables import location_fixes

Ask = Callable[..., Any]
KEY = "pr. bernhardlaan|4||||maastricht"
QUEUE, CORRECTION = "/v1/adressen/onduidelijk", "/v1/adressen/herstel"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the library asks each database, and `test_matrix` every route on both."""
    return sqlite_url


@pytest.fixture
def queued(database: Database, settings: Settings, tmp_path: Path) -> None:
    """Two reports at an address that can be two."""
    houses = [("Prins Bernhardlaan", 4, "6211AC", 5.6879), ("Prinses Bernhardlaan", 4, "6211AD", 5.6899)]
    table = pd.DataFrame(houses, columns=["street", "house_number", "postcode", "lon"])
    table = table.assign(house_letter="", house_suffix="", town="Maastricht", lat=50.8485)
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        replace_addresses(connection, table)
    path = tmp_path / "export.csv"
    path.write_text(
        "meldingnummer;meldtijd;hoofdcategorie;omschrijving;straatnaam;huisnummer;woonplaats\n"
        "M1;2023-03-14 21:35;Overlast drugs;Dealen;Pr. Bernhardlaan;4;Maastricht\n"
        "M2;2023-03-15 21:35;Overlast drugs;Dealen;PR. Bernhardlaan;4;Maastricht\n",
        encoding="utf-8",
    )
    own = settings.model_copy(
        update={"privacy": PrivacySettings(reporter_key_file=tmp_path / "reporter.key")}
    )
    import_reports(database, own, path, "melddesk", now=datetime(2024, 1, 2, tzinfo=UTC))


def logged(database: Database) -> list[tuple[str, int]]:
    with database.reading() as connection:
        rows = connection.execute(
            select(access_log.c.right_used, access_log.c.report_count).order_by(access_log.c.id)
        )
        return [(row.right_used, row.report_count) for row in rows]


@pytest.mark.usefixtures("queued")
def test_a_candidate_is_accepted_and_both_uses_are_logged(
    closed: TestClient,
    asking: Callable[[TestClient], Ask],
    sessions: Callable[[str], str],
    database: Database,
) -> None:
    ask, token = asking(closed), sessions("oov")
    (item,) = ask(token, "GET", QUEUE).json()["adressen"]
    assert (item["sleutel"], item["aantalMeldingen"]) == (KEY, 2)
    assert [candidate["naam"] for candidate in item["kandidaten"]] == [
        "Prins Bernhardlaan 4, 6211AC Maastricht",
        "Prinses Bernhardlaan 4, 6211AD Maastricht",
    ]
    answer = ask(token, "POST", CORRECTION, {"sleutel": KEY, "kandidaat": 2})
    assert (answer.status_code, answer.json()) == (200, {"sleutel": KEY, "aantalMeldingen": 2})
    assert ask(token, "GET", QUEUE).json()["adressen"] == []
    assert logged(database) == [("adressen.herstellen", count) for count in (2, 2, 0)]
    with database.reading() as connection:
        fix = connection.execute(select(location_fixes)).one()
    assert (fix.query, fix.address_key) == (KEY, "6211AD 4")
    assert fix.fixed_by


@pytest.mark.usefixtures("queued")
@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"sleutel": KEY, "adres": "Prins Bernhardlaan 4, 6211AC"}, 200, id="an address"),
        pytest.param({"sleutel": KEY, "adres": "Onzinlaan 4"}, 409, id="no address"),
        pytest.param({"sleutel": KEY, "kandidaat": 3}, 404, id="no such candidate"),
        pytest.param({"sleutel": "x", "adres": "Prins Bernhardlaan 4, 6211AC"}, 404, id="no such key"),
        pytest.param({"sleutel": KEY}, 400, id="nothing"),
        pytest.param({"sleutel": KEY, "adres": "Markt 1", "kandidaat": 1}, 400, id="both"),
        pytest.param({"sleutel": KEY, "kandidaat": 0}, 400, id="candidate 0"),
    ],
)
def test_a_correction_says_one_address_of_the_register(
    closed: TestClient,
    asking: Callable[[TestClient], Ask],
    sessions: Callable[[str], str],
    body: dict[str, Any],
    status: int,
) -> None:
    answer = asking(closed)(sessions("beheerder"), "POST", CORRECTION, body)
    assert answer.status_code == status, answer.text


@pytest.mark.usefixtures("queued")
@pytest.mark.parametrize("role", ["lezer", "gebiedsteam", "privacy"])
def test_who_may_not_changes_and_reads_nothing(
    closed: TestClient,
    asking: Callable[[TestClient], Ask],
    sessions: Callable[[str], str],
    database: Database,
    role: str,
) -> None:
    ask, token = asking(closed), sessions(role)
    assert ask(token, "GET", QUEUE).status_code == 403
    assert ask(token, "POST", CORRECTION, {"sleutel": KEY, "kandidaat": 2}).status_code == 403
    assert logged(database) == []
