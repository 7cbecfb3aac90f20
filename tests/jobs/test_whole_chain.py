"""The whole chain through the real command: from an export to tracked hotspots, also when it is killed."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Column, Engine, Table, event, select

from hotspots.evaluation.city import city_of_municipality, write_addresses
from hotspots.evaluation.simulation import SimulatedYear, simulate_year, write_melddesk
from hotspots.settings import shipped
from hotspots.store.database import Database
from hotspots.store.schema import metadata

RunCommand = Callable[..., "subprocess.CompletedProcess[str]"]

KILLED = """
import os, signal, sys
from itertools import count
from sqlalchemy import Engine, event
from jobs.command import main

asked = count(1)

def kill_at(*_):
    if next(asked) == int(os.environ["KILL_AT"]):
        os.kill(os.getpid(), signal.SIGKILL)

event.listen(Engine, "before_cursor_execute", kill_at)
main()
"""
"""A command that is killed, as by ``kill -9``, when it is about to ask the database for the n-th time."""

IMPORT = ("reports", "import", "meldingen.csv", "--source", "melddesk")


@pytest.fixture(scope="module")
def year() -> SimulatedYear:
    """A simulated year on the buurten of Maastricht: 16 hotspots and what fools a detector."""
    rng = np.random.default_rng(41)
    city = city_of_municipality(shipped("geodata/GM0935_buurten.csv"), rng, name="Maastricht")
    return simulate_year(city, year=2023, rng=rng)


@pytest.fixture(scope="module")
def files(year: SimulatedYear, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the export (meldingen.csv) and the register (adressen.csv) of that year."""
    folder = tmp_path_factory.mktemp("files")
    write_melddesk(year, folder / "meldingen.csv")
    write_addresses(year.city, folder / "adressen.csv")
    return folder


def told(run_command: RunCommand, *arguments: str | Path, url: str) -> dict[str, Any]:
    """Run a command with --json and give what it tells."""
    ended = run_command(*arguments, "--json", settings={"DATABASE_URL": url})
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer


def stored(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """All that is known, but for row numbers and when it was written: numbers are handed out anew."""
    tables = metadata.tables
    reports, locations, texts = tables["reports"], tables["report_locations"], tables["report_texts"]
    runs, states, detections = tables["runs"], tables["hotspot_states"], tables["detections"]
    numbers = {"id", "report_id", "run_id", "detection_id", "reporter_id"}
    numbers |= {"first_import_id", "last_import_id", "started_at", "finished_at", "told_run_id"}
    told = runs.alias("told")

    def columns(*chosen: Table) -> list[Column[Any]]:
        return [column for table in chosen for column in table.columns if column.name not in numbers]

    queries = {
        "reports": select(*columns(reports, locations), texts.c.text, tables["reporters"].c.hash)
        .join_from(reports, locations)
        .outerjoin(texts, texts.c.report_id == reports.c.id)
        .outerjoin(tables["reporters"]),
        "versions": select(*columns(tables["report_versions"])),
        "runs": select(*columns(runs)),
        "detections": select(runs.c.as_of, *columns(detections)).join_from(detections, runs),
        "hotspots": select(tables["hotspots"]),
        "states": select(runs.c.as_of, told.c.as_of, *columns(states))
        .join_from(states, runs, states.c.run_id == runs.c.id)
        .outerjoin(told, told.c.id == states.c.told_run_id),
    }
    database = Database(url)
    try:
        with database.reading() as connection:
            return {
                name: sorted(tuple(map(str, row)) for row in connection.execute(query))
                for name, query in queries.items()
            }
    finally:
        database.close()


def counted_by_hand(export: Path, url: str) -> tuple["pd.Series[float]", list[list[str]]]:
    """Per hotspot that the last run signals: its share of drugs and what it had most of, from the export.

    Of the database only which reports are a place's: what they are about is read from the file.
    """
    tables = metadata.tables
    states, links, reports = (tables[name] for name in ("hotspot_states", "detection_reports", "reports"))
    query = (
        select(tables["hotspots"].c.number, reports.c.source_id)
        .join_from(states, tables["hotspots"], tables["hotspots"].c.id == states.c.hotspot_id)
        .join(links, links.c.detection_id == states.c.detection_id)
        .join(reports)
        .join(tables["runs"], tables["runs"].c.id == states.c.run_id)
        .where(states.c.is_signalled, tables["runs"].c.as_of == date(2023, 12, 31))
    )
    database = Database(url)
    with database.reading() as connection:
        pairs = pd.DataFrame(connection.execute(query).all(), columns=["number", "meldingnummer"])
    database.close()
    lines = pd.read_csv(export, sep=";", dtype="str", keep_default_na=False, encoding="utf-8-sig")
    lines = pairs.merge(lines.drop_duplicates("meldingnummer", keep="last"), on="meldingnummer")
    lines["day"], lines["words"] = lines["meldtijd"].str[:10], lines["omschrijving"].str.casefold()
    lines = lines.sort_values("meldingnummer")
    is_known = lines["melder"] != ""
    again = lines.duplicated(["number", "day", "melder"]) & is_known
    lines["again"] = again | (lines.duplicated(["number", "day", "words"]) & ~is_known)
    counted = lines[~lines["again"]]
    per_place = counted.groupby("number")
    shares = per_place["hoofdcategorie"].apply(lambda names: (names == "Overlast drugs").mean())
    names = counted[counted["subcategorie"] != ""].groupby("number")["subcategorie"].value_counts()
    common = (
        names[names >= 5]
        .reset_index()
        .sort_values(["number", "count", "subcategorie"], ascending=[True, False, True])
    )
    kinds = common.groupby("number")["subcategorie"].apply(
        lambda own: [name[0].lower() + name[1:] for name in own.head(3)]
    )
    return shares, [kinds.get(number, []) for number in shares.index]


# that PostgreSQL is read and written alike, the tests of each part show, and a replay on it below
@pytest.mark.parametrize("blank_database_url", ["sqlite"], indirect=True)
def test_an_export_becomes_tracked_hotspots(
    run_command: RunCommand, files: Path, tmp_path: Path, blank_database_url: str
) -> None:
    url = blank_database_url
    assert told(run_command, "db", "upgrade", url=url)["shippedAreas"] == 44
    register = told(run_command, "addresses", "import", files / "adressen.csv", url=url)
    assert register["addresses"] == register["read"] > 10_000
    imported = told(
        run_command, "reports", "import", files / "meldingen.csv", "--source", "melddesk", url=url
    )
    parts = ("new", "updated", "unchanged", "otherCategory", "rejected")
    assert imported["read"] == sum(imported[part] for part in parts) > 2000
    assert imported["located"] <= imported["new"] + imported["unchanged"]
    with Path(tmp_path / imported["rejectsFile"]).open(encoding="utf-8-sig") as file:
        assert file.readline().startswith("rijnummer;reden;meldingnummer;")
    replayed = told(run_command, "replay", "--from", "2023-12-11", "--to", "2023-12-31", url=url)
    assert replayed["runs"] == 3
    # the peildatum of a replayed week gives the same again
    detected = told(run_command, "detect", "--as-of", "2023-12-31", url=url)
    assert detected["unchanged"] is True
    assert detected["signalled"] == replayed["signalled"] > 0
    for suffix in ("geojson", "csv", "gpkg"):
        target = tmp_path / f"hotspots.{suffix}"
        run_command(
            "export",
            "hotspots",
            "--format",
            suffix,
            "--output",
            target,
            settings={"DATABASE_URL": url},
        )
        assert target.stat().st_size > 1000
    frame = gpd.read_file(tmp_path / "hotspots.geojson")
    assert len(frame) == replayed["newHotspots"]
    assert set(frame["soort"]) <= {"woning", "gebied"}
    assert frame["nummer"].is_unique
    assert frame.geometry.is_valid.all()
    shares, kinds = counted_by_hand(files / "meldingen.csv", url)
    now = frame.set_index("nummer").loc[shares.index]
    assert len(now) == replayed["signalled"]
    assert now["aandeelDrugs"].tolist() == pytest.approx(shares.tolist())
    assert [list(words) for words in now["subcategorieen"]] == kinds
    assert len(set(shares)) > 1
    assert any(kinds)
    asked = ("--aard", "drugs", "--output", tmp_path / "drugs.geojson")
    chosen = told(run_command, "export", "hotspots", *asked, url=url)
    assert chosen["hotspots"] == (frame["aard"] == "drugs").sum()
    for suffix in ("html", "png", "svg"):
        target = tmp_path / f"kaart.{suffix}"
        run_command("map", "--output", target, settings={"DATABASE_URL": url})
        assert target.stat().st_size > 5000


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        pytest.param("sqlite", IMPORT, id="an import"),
        pytest.param(
            "postgresql",
            ("replay", "--from", "2023-12-24", "--to", "2023-12-31"),
            marks=pytest.mark.postgresql,
            id="a replay",
        ),
    ],
)
def test_what_is_killed_and_done_again_ends_as_if_nothing_had_happened(
    run_command: RunCommand,
    environment: dict[str, str],
    files: Path,
    tmp_path: Path,
    make_database: Callable[..., AbstractContextManager[str]],
    kind: str,
    arguments: tuple[str, ...],
) -> None:
    # a replay looks back half a year, an import not at all: what came before it would only take time
    since = "2023-06-15" if arguments[0] == "replay" else "2023-11-01"
    header, *lines = (files / "meldingen.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    last = [line for line in lines if line.split(";")[1] >= since]
    (tmp_path / "meldingen.csv").write_text(header + "".join(last), encoding="utf-8")
    with ExitStack() as stack:
        undisturbed = stack.enter_context(make_database(kind, tmp_path / "one"))
        run_command("db", "upgrade", settings={"DATABASE_URL": undisturbed})
        run_command("addresses", "import", files / "adressen.csv", settings={"DATABASE_URL": undisturbed})
        if arguments[0] == "replay":
            run_command(*IMPORT, settings={"DATABASE_URL": undisturbed})
        killed = stack.enter_context(make_database(kind, tmp_path / "two", copied_from=undisturbed))
        asked: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            asked.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        run_command(*arguments, settings={"DATABASE_URL": undisturbed})
        event.remove(Engine, "before_cursor_execute", note)
        ended = subprocess.run(
            [sys.executable, "-c", KILLED, *arguments],
            cwd=tmp_path,
            env=environment | {"HOTSPOTS_DATABASE_URL": killed, "KILL_AT": str(len(asked) * 2 // 3)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        assert ended.returncode == -signal.SIGKILL
        assert stored(killed) != stored(undisturbed)
        run_command(*arguments, settings={"DATABASE_URL": killed})
        found, expected = stored(killed), stored(undisturbed)
    assert expected["hotspots" if arguments[0] == "replay" else "reports"]
    for name, rows in expected.items():
        assert found[name] == rows, name
