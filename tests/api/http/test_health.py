"""`/gezond` and `/metrics`: what a monitor is told, with and without a database."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry
from sqlalchemy import insert

from api.http.health_metrics import HealthCollector
from api.main import create_app
from hotspots import __version__
from hotspots.operations.job_alerts import raise_alert
from hotspots.settings import DatabaseSettings, Settings, SignInSettings
from hotspots.store.database import Database
from hotspots.store.operation_tables import job_runs
from hotspots.store.report_tables import imports
from tests.filled_database import damage


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the figures are read by functions that are tested on both."""
    return sqlite_url


@pytest.mark.usefixtures("three_weeks")
def test_health_names_the_last_run_and_counts_what_was_found(client: TestClient) -> None:
    told = client.get("/gezond").json()
    assert (told["status"], told["versie"], told["laatstePeildatum"]) == ("gezond", __version__, "2023-12-03")
    assert told["verwachtePeildatum"] > "2023-12-03"
    assert set(told["bevindingen"]) == {"actie nodig", "let op", "ter informatie"}
    assert told["bevindingen"]["actie nodig"] >= 1  # that run is years old


def test_without_a_database_the_process_lives_but_is_not_ready(settings: Settings, tmp_path: Path) -> None:
    absent = settings.model_copy(
        update={"database": DatabaseSettings(url=f"sqlite:///{tmp_path / 'none' / 'x.sqlite'}")}
    )
    with TestClient(create_app(absent), raise_server_exceptions=False) as client:
        assert client.get("/gezond").status_code == 503
        assert client.get("/gezond/proces").json() == {"status": "gezond", "versie": __version__}
        metrics = client.get("/metrics").text
    assert "hotspots_database_up 0.0" in metrics
    assert "hotspots_reports" not in metrics


@pytest.mark.parametrize("table", [None, "alembic_version"], ids=["from its start", "further on"])
def test_with_a_damaged_database_the_process_lives_but_is_not_ready(
    settings: Settings, sqlite_url: str, tmp_path: Path, table: str | None
) -> None:
    damage(tmp_path / "database.sqlite", table)
    damaged = settings.model_copy(
        update={"database": DatabaseSettings(url=sqlite_url), "sign_in": SignInSettings(required=False)}
    )
    with TestClient(create_app(damaged), raise_server_exceptions=False) as client:
        assert [client.get(path).status_code for path in ("/gezond", "/v1/hotspots")] == [503, 503]
        assert client.get("/gezond/proces").json() == {"status": "gezond", "versie": __version__}
        assert "hotspots_database_up 0.0" in client.get("/metrics").text


@pytest.mark.usefixtures("three_weeks")
def test_metrics_tell_of_runs_imports_and_jobs_whichever_process_did_them(
    client: TestClient, database: Database
) -> None:
    now = datetime.now(UTC)
    counts = {
        "read": 10,
        "new": 6,
        "updated": 1,
        "unchanged": 0,
        "other_category": 1,
        "rejected": 2,
        "located": 7,
    }
    with database.writing() as connection:
        connection.execute(
            insert(imports).values(
                source="melddesk", file_name="geheim-adres.csv", file_sha256="", started_at=now, **counts
            )
        )
        failed = {"started_at": now - timedelta(minutes=2), "finished_at": now, "outcome": "failed"}
        told = {"counts": {}, "message": "kan 'Vrijthof 1' niet lezen"}
        connection.execute(insert(job_runs).values(job="weekly", **failed, **told))
        told_of = "kan 'Vrijthof 1' niet lezen"
        raise_alert(connection, "weekly", "failed", about=now, message=told_of, now=now)
        died = {"started_at": now, "outcome": "died", "counts": {}}
        connection.execute(insert(job_runs).values(job="inbox", **died))
    metrics = client.get("/metrics").text
    for line in (
        "hotspots_database_up 1.0",
        "hotspots_candidates 3.0",  # without the dwelling
        'hotspots_import_rows_total{outcome="rejected"} 2.0',
        'hotspots_last_import_rows{outcome="new"} 6.0',
        'hotspots_job_failed{job="weekly"} 1.0',
        'hotspots_job_last_duration_seconds{job="weekly"} 120.0',
        'hotspots_job_failed{job="inbox"} 1.0',
        'hotspots_alerts{job="weekly",kind="failed"} 1.0',
        'hotspots_job_runs{job="weekly",outcome="failed"} 1.0',
        "hotspots_last_week_run_fine 0.0",
        'hotspots_finding{code="job_failed",weight="action"} 1.0',
        'hotspots_finding{code="run_late",weight="action"} 1.0',
        'hotspots_hotspots{status="kandidaat"} 3.0',
    ):
        assert line in metrics, line
    assert "hotspots_run_age_seconds" in metrics
    # everyone may read this: no word of a file, an address or a message
    for hidden in ("geheim-adres", "Vrijthof", "HS-2023"):
        assert hidden not in metrics
        assert hidden not in client.get("/gezond").text


@pytest.mark.usefixtures("three_weeks")
@pytest.mark.parametrize(
    ("now", "is_fine"),
    [
        (datetime(2023, 12, 4, 12, tzinfo=UTC), 1),
        (datetime(2023, 12, 11, 6, tzinfo=UTC), 1),
        (datetime(2023, 12, 11, 12, tzinfo=UTC), 0),
    ],
    ids=["it is there", "it is not late yet", "it is late"],
)
def test_one_metric_says_whether_last_weeks_run_was_fine(
    database: Database, settings: Settings, now: datetime, is_fine: int
) -> None:
    registry = CollectorRegistry()
    registry.register(HealthCollector(database, lambda: settings, lambda: now))
    assert registry.get_sample_value("hotspots_last_week_run_fine") == is_fine


def test_what_falls_when_the_ledger_is_emptied_is_no_counter(database: Database, settings: Settings) -> None:
    collected = {metric.name: metric.type for metric in HealthCollector(database, lambda: settings).collect()}
    assert collected["hotspots_job_runs"] == "gauge"
