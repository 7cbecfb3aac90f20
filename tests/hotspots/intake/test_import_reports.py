"""Importing reports: what every kind of bad input gives, and that the same again changes nothing."""

import csv
import json
import tracemalloc
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from hotspots.errors import StoreError, UnreadableFileError
from hotspots.intake.import_reports import ImportResult, import_reports
from hotspots.intake.known_reports import load_reports
from hotspots.intake.plausible_times import CHANGED_LATER
from hotspots.intake.reporter_key import NAMELESS, rotate_reporter_key
from hotspots.intake.reports import SAME_NUMBER, load_texts
from hotspots.intake.sources.reading import UNREAD_TIMES
from hotspots.settings import PrivacySettings, Settings, SourcesSettings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.operation_tables import facts
from hotspots.store.report_tables import (
    imports,
    rejects,
    report_locations,
    report_texts,
    report_versions,
    reporters,
    reports,
)

pytestmark = pytest.mark.usefixtures("files_read_here")

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)
HEADER = (
    "meldingnummer;meldtijd;hoofdcategorie;subcategorie;omschrijving;straatnaam;huisnummer;huisletter;"
    "huisnummertoevoeging;postcode;woonplaats;rd_x;rd_y;melder"
)
GOOD = {
    "meldingnummer": "M1",
    "meldtijd": "2023-03-14 21:35",
    "hoofdcategorie": "Overlast drugs",
    "omschrijving": "Er wordt gedeald",
    "rd_x": "176200",
    "rd_y": "317800",
    "melder": "melder-7",
}
LON, LAT = 5.6879, 50.8485
"""About where the good row lies."""


def line(**changes: str) -> str:
    """One row of the export: a good one, with changes."""
    row = GOOD | changes
    return ";".join(row.get(column, "") for column in HEADER.split(";"))


def written(folder: Path, rows: Sequence[str], *, encoding: str = "utf-8", name: str = "export.csv") -> Path:
    path = folder / name
    path.write_bytes("\r\n".join([HEADER, *rows, ""]).encode(encoding))
    return path


@pytest.fixture
def ready(settings: Settings, database: Database, tmp_path: Path) -> Settings:
    """Settings of a database with the areas of Maastricht, and a key file of its own."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
    privacy = PrivacySettings(reporter_key_file=tmp_path / "reporter.key")
    return settings.model_copy(update={"privacy": privacy})


def run(database: Database, settings: Settings, path: Path, **options: Any) -> ImportResult:
    source = options.pop("source", "melddesk")
    return import_reports(database, settings, path, source, now=options.pop("now", NOW), **options)


def counts(result: ImportResult) -> dict[str, Any]:
    found = result.as_json()
    parts = ("new", "updated", "unchanged", "otherCategory", "rejected")
    assert found["read"] == sum(found[part] for part in parts)
    return {part: found[part] for part in (*parts, "located") if found[part]}


def stored(database: Database) -> list[Any]:
    """Every stored report with its place and text, by id of the source."""
    with database.reading() as connection:
        query = (
            select(reports, report_locations, report_texts.c.text)
            .join_from(reports, report_locations)
            .outerjoin(report_texts, report_texts.c.report_id == reports.c.id)
            .order_by(reports.c.source_id)
        )
        return list(connection.execute(query).all())


BAD_INPUT = {
    "a good row": (line(), {"new": 1, "located": 1}),
    "another category": (line(hoofdcategorie="Afval"), {"otherCategory": 1}),
    "no id": (line(meldingnummer=""), {"rejected": 1}),
    "no time": (line(meldtijd=""), {"rejected": 1}),
    "an unreadable time": (line(meldtijd="gisteren"), {"rejected": 1}),
    "a date as dd-mm-yyyy": (line(meldtijd="14-03-2023 21:35"), {"new": 1, "located": 1}),
    "a serial date of a spreadsheet": (line(meldtijd="44999,9"), {"new": 1, "located": 1}),
    "the hour that occurs twice": (line(meldtijd="2023-10-29 02:30"), {"new": 1, "located": 1}),
    "decimal commas": (line(rd_x="176200,5", rd_y="317800,5"), {"new": 1, "located": 1}),
    "coordinates 0, 0": (line(rd_x="0", rd_y="0"), {"new": 1}),
    "no coordinates": (line(rd_x="", rd_y=""), {"new": 1}),
    "coordinates that are no numbers": (line(rd_x="x", rd_y="y"), {"new": 1}),
    "swapped coordinates": (line(rd_x="317800", rd_y="176200"), {"new": 1, "located": 1}),
    "degrees where RD was announced": (line(rd_x=str(LON), rd_y=str(LAT)), {"new": 1, "located": 1}),
    "swapped degrees": (line(rd_x=str(LAT), rd_y=str(LON)), {"new": 1, "located": 1}),
    "a point in another town": (line(rd_x="121000", rd_y="487000"), {"rejected": 1}),
    "degrees in another town": (line(rd_x="4,9", rd_y="52,37"), {"rejected": 1}),
    "RD that lies nowhere in the country": (line(rd_x="999999", rd_y="1"), {"new": 1}),
    "RD in millimetres": (line(rd_x="176200000", rd_y="317800000"), {"new": 1}),
    "RD written in exponents": (line(rd_x="1,762E+05", rd_y="3,178E+05"), {"new": 1, "located": 1}),
    "twice the same degrees": (line(rd_x=str(LON), rd_y=str(LON)), {"new": 1}),
    "degrees on another continent": (line(rd_x="-79.38", rd_y="43.65"), {"new": 1}),
    "a quoted newline": (line(omschrijving='"eerste regel\ntweede; regel"'), {"new": 1, "located": 1}),
    "too few columns": ("M1;2023-03-14 21:35;Overlast drugs", {"rejected": 1}),
    "too many columns": (line() + ";;x", {"rejected": 1}),
    "a quote that never closes": (line(omschrijving='"geen einde'), {"rejected": 1}),
    "a NUL in a text": (line(omschrijving="a\0b"), {"new": 1, "located": 1}),
    "a blank line": ("", {}),
    "an unknown reporter": (line(melder=""), {"new": 1, "located": 1}),
}
"""What one row gives."""


@pytest.mark.parametrize(("row", "expected"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_what_each_kind_of_row_gives(
    database: Database, ready: Settings, tmp_path: Path, row: str, expected: dict[str, int]
) -> None:
    result = run(database, ready, written(tmp_path, [row]), rejects_path=tmp_path / "rejects.csv")
    assert counts(result) == expected
    for report in stored(database):
        if report.lon is not None:
            assert report.lon == pytest.approx(LON, abs=2e-3)
            assert report.lat == pytest.approx(LAT, abs=2e-3)
            assert report.buurtcode.startswith("BU0935")
            assert report.precision == ("kruising" if "E+05" in row else "adres")
        else:
            assert report.precision == "geen"
            assert report.why_not_better


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_the_encoding_is_recognised(
    database: Database, ready: Settings, tmp_path: Path, encoding: str
) -> None:
    path = written(tmp_path, [line(omschrijving="Café, één grote drukte")], encoding=encoding)
    assert counts(run(database, ready, path)) == {"new": 1, "located": 1}
    assert stored(database)[0].text == "Café, één grote drukte"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty: wanted a header and rows, found 0 bytes"),
        (b"\n\n", "has no header"),
        (b"a,b\n1,2\n", "wanted the column(s) meldingnummer, meldtijd, hoofdcategorie, found 1 column(s)"),
        (b"PK\x03\x04rubbish", "is a zip file: wanted csv"),
        (b'[{"id": 1}]', "is a json file: wanted csv"),
    ],
    ids=["empty", "blank lines", "other columns", "a zip", "JSON"],
)
def test_a_file_that_is_no_such_export_is_an_error_of_one_line(
    database: Database, ready: Settings, tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError) as caught:
        run(database, ready, path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(imports)).scalar_one() == 0


def test_a_long_file_of_which_no_row_can_be_used_is_refused_as_a_whole(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    surveyed = ready.intake.survey_rows
    rows = [line(meldingnummer=f"M{number}", meldtijd="Jan de Vries") for number in range(surveyed)]
    with pytest.raises(UnreadableFileError) as caught:
        run(database, ready, written(tmp_path, rows))
    assert str(caught.value).endswith(
        f"none in its first {surveyed} rows, most because: geen leesbare tijd van melden"
    )
    assert "Van de eerste 1.000 rijen is er geen te gebruiken" in str(caught.value.dutch)
    one_good = [*rows[1:], line(meldingnummer="M")]
    assert counts(run(database, ready, written(tmp_path, one_good)))["new"] == 1
    assert counts(run(database, ready, written(tmp_path, rows[1:])))["rejected"] == surveyed - 1


def test_an_absent_file_is_an_error(database: Database, ready: Settings, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"can't read .*absent.csv"):
        run(database, ready, tmp_path / "absent.csv")


def test_a_header_alone_is_an_export_without_reports(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    assert counts(run(database, ready, written(tmp_path, []))) == {}


def test_a_truncated_export_keeps_the_whole_rows_and_refuses_the_rest(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    path = written(tmp_path, [line(), line(meldingnummer="M2")])
    path.write_bytes(path.read_bytes()[:-60])
    assert counts(run(database, ready, path)) == {"new": 1, "rejected": 1, "located": 1}


def test_the_same_file_again_changes_nothing(database: Database, ready: Settings, tmp_path: Path) -> None:
    path = written(tmp_path, [line(), line(meldingnummer="M2", rd_x=""), line(meldingnummer="M3", melder="")])
    run(database, ready, path)
    before = [(row.id, row.content_hash, row.known_from, row.lon) for row in stored(database)]
    again = run(database, ready, path, now=datetime(2024, 2, 1, tzinfo=UTC))
    assert counts(again) == {"unchanged": 3, "located": 2}
    assert [(row.id, row.content_hash, row.known_from, row.lon) for row in stored(database)] == before


def test_a_changed_report_is_updated_and_what_it_was_is_kept(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    run(database, ready, written(tmp_path, [line()]))
    changed = written(tmp_path, [line(hoofdcategorie="Overlast personen", rd_x="176300", omschrijving="")])
    assert counts(run(database, ready, changed)) == {"updated": 1, "located": 1}
    [now] = stored(database)
    assert (now.category, now.text, now.known_from) == ("personen", None, NOW)
    with database.reading() as connection:
        [before] = connection.execute(select(report_versions)).all()
        assert (before.category, before.known_until) == ("drugs", NOW)
        assert before.lon != now.lon
        window = {
            "window_start": datetime(2023, 1, 1, tzinfo=UTC),
            "window_end": datetime(2024, 1, 1, tzinfo=UTC),
        }
        then = load_reports(connection, known_at=datetime(2023, 12, 31, tzinfo=UTC), **window)
        later = load_reports(connection, known_at=datetime(2024, 1, 3, tzinfo=UTC), **window)
    assert then["category"].tolist() == ["drugs"]
    assert later["category"].tolist() == ["personen"]
    assert then["lon"].tolist() == [before.lon]


def test_a_report_that_moves_to_another_category_counts_no_more(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    run(database, ready, written(tmp_path, [line()]))
    assert counts(run(database, ready, written(tmp_path, [line(hoofdcategorie="Afval")]))) == {
        "updated": 1,
        "located": 1,
    }
    assert [row.category for row in stored(database)] == ["other"]


def test_of_two_rows_with_one_id_the_later_counts(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    path = written(tmp_path, [line(), line(omschrijving="later"), line(omschrijving="later")])
    assert counts(run(database, ready, path)) == {"new": 1, "updated": 1, "unchanged": 1, "located": 3}
    assert [row.text for row in stored(database)] == ["later"]


def test_refused_rows_are_written_with_number_and_reason(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    rows = [line(), line(meldingnummer=""), line(meldingnummer="M3", rd_x="121000", rd_y="487000")]
    target = tmp_path / "out" / "rejects.csv"
    result = run(database, ready, written(tmp_path, rows), rejects_path=target)
    assert result.rejects_path == target
    with target.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file, delimiter=";"))
    assert [(row["rijnummer"], row["reden"]) for row in found] == [
        ("2", "geen kenmerk: 'meldingnummer' is leeg"),
        ("3", "ligt buiten de gemeente (de ingelezen buurten)"),
    ]
    assert [row["melder"] for row in found] == ["", ""]  # who reported is kept nowhere
    with database.reading() as connection:
        kept = connection.execute(select(rejects).order_by(rejects.c.row_number)).all()
    assert [(row.row_number, row.source_id) for row in kept] == [(2, None), (3, "M3")]


def test_without_refused_rows_there_is_no_rejects_file(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    result = run(database, ready, written(tmp_path, [line()]), rejects_path=tmp_path / "rejects.csv")
    assert result.as_json()["rejectsFile"] is None
    assert sorted(path.name for path in tmp_path.glob("*rejects*")) == []


def test_a_dry_run_tells_everything_and_keeps_nothing(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    rows = [line(), line(meldingnummer="M2", hoofdcategorie="Afval"), line(meldingnummer="")]
    result = run(database, ready, written(tmp_path, rows), dry_run=True)
    assert counts(result) == {"new": 1, "otherCategory": 1, "rejected": 1, "located": 1}
    assert result.columns == HEADER.split(";")
    assert result.categories == {("Overlast drugs", "drugs"): 1, ("Afval", "other"): 1}
    assert [reading.source_id for reading in result.readings] == ["M1", "M2"]
    assert stored(database) == []
    assert not (tmp_path / "reporter.key").exists()
    with database.reading() as connection:
        for table in (imports, rejects, reporters):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0


def test_reporters_are_kept_as_a_keyed_hash_only(database: Database, ready: Settings, tmp_path: Path) -> None:
    rows = [
        line(melder="jan@voorbeeld.nl"),
        line(meldingnummer="M2", melder=" JAN@voorbeeld.nl "),
        line(meldingnummer="M3", melder="piet@voorbeeld.nl"),
        line(meldingnummer="M4", melder=""),
    ]
    run(database, ready, written(tmp_path, rows))
    first, second, third, unknown = (row.reporter_id for row in stored(database))
    assert first == second != third
    assert unknown is None
    with database.reading() as connection:
        hashes = connection.execute(select(reporters.c.hash)).scalars().all()
    assert all(len(value) == 64 for value in hashes)
    key = tmp_path / "reporter.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_text() not in str(hashes)


def test_another_key_is_refused_before_anything_is_stored(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    run(database, ready, written(tmp_path, [line()]))
    (tmp_path / "reporter.key").write_text("another key of 32 bytes, or more than that")
    with pytest.raises(StoreError, match=r"hashed with key .*, found key "):
        run(database, ready, written(tmp_path, [line(meldingnummer="M2")]))
    assert len(stored(database)) == 1


def test_texts_lose_what_points_at_a_person(database: Database, ready: Settings, tmp_path: Path) -> None:
    path = written(tmp_path, [line(omschrijving="Bel 06-12345678, mijn buurman Kees weet meer")])
    run(database, ready, path)
    [report] = stored(database)
    assert report.text == "Bel [telefoon], mijn buurman [naam] weet meer"
    with database.reading() as connection:
        assert load_texts(connection, [report.id, 999]) == {report.id: report.text}


def test_no_part_of_an_address_keeps_who_it_names(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    place = {"straatnaam": "Markt", "woonplaats": "Maastricht", "postcode": "6211CK", "huisnummer": "1"}
    rows = [
        line(**place | {"huisnummertoevoeging": "fam. Tabaksblat"}),
        line(**place | {"meldingnummer": "M2", "huisnummer": "2 bel 06-87654321 na 18u"}),
        line(
            **place
            | {"meldingnummer": "M3", "huisnummer": "", "straatnaam": "Markt 3 Golf XX-99-YY 111222333"}
        ),
        line(**place | {"meldingnummer": "M4", "postcode": "jan@voorbeeld.nl", "huisletter": "Jan Jansen"}),
        line(
            **place
            | {"meldingnummer": "M5", "huisnummer": "12-14", "huisletter": "a", "huisnummertoevoeging": "A-2"}
        ),
    ]
    run(database, ready, written(tmp_path, rows))
    assert [
        (row.street, row.house_number, row.house_letter, row.house_suffix, row.postcode, row.address_key)
        for row in stored(database)
    ] == [
        ("Markt", "1", None, None, "6211CK", "6211CK 1"),
        ("Markt", "2", None, None, "6211CK", "6211CK 2"),
        ("Markt 3 Golf [kenteken] [bsn]", None, None, None, "6211CK", None),
        ("Markt", "1", None, None, None, "1"),
        ("Markt", "12-14", "a", "A-2", "6211CK", "6211CK 12-14 A A-2"),
    ]


def test_a_number_that_names_a_person_is_kept_as_a_hash_and_recognised_by_it(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    named = ("Jan Tabaksblat 0687654322", "Jan Tabaksblat 0687654323", "06-87654321")
    path = written(tmp_path, [line(meldingnummer=number) for number in (*named, "111222333", "M-1")])
    dry = run(database, ready, path, dry_run=True)
    assert not {reading.source_id for reading in dry.readings} & set(named)
    assert counts(run(database, ready, path)) == {"new": 5, "located": 5}
    ids = [row.source_id for row in stored(database)]
    assert ids[:2] == ["111222333", "M-1"]
    assert all(number.startswith("gehasht-") and len(number) == 32 for number in ids[2:])
    assert len(set(ids)) == 5
    rotate_reporter_key(database, ready.privacy)
    assert counts(run(database, ready, path)) == {"unchanged": 5, "located": 5}


def test_a_number_that_an_earlier_version_kept_as_it_came_is_hashed_and_stays_the_same_report(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    path = written(tmp_path, [line(meldingnummer="Jan Tabaksblat")])
    run(database, ready, path)
    with database.writing() as connection:
        connection.execute(update(reports).values(source_id="Jan Tabaksblat"))
        connection.execute(delete(facts).where(facts.c.name == NAMELESS))
    assert counts(run(database, ready, path)) == {"unchanged": 1, "located": 1}
    assert stored(database)[0].source_id.startswith("gehasht-")


def test_a_default_point_of_the_source_is_no_location(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "own.toml").write_text(
        '[columns]\nid = "meldingnummer"\nreported_at = "meldtijd"\nx = "rd_x"\ny = "rd_y"\n'
        '[dates]\nformats = ["%Y-%m-%d %H:%M"]\n[categories]\ndefault = "personen"\n'
        '[coordinates]\ncrs = "EPSG:28992"\ndefault_points = [[176200, 317800]]\n'
    )
    own = ready.model_copy(update={"sources": SourcesSettings(folder=folder)})
    result = run(
        database, own, written(tmp_path, [line(), line(meldingnummer="M2", rd_x="176210")]), source="own"
    )
    assert counts(result) == {"new": 2, "located": 1}
    assert "standaardpunt" in stored(database)[0].why_not_better


def test_coordinates_that_lie_nowhere_are_not_used_and_it_is_told(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    path = written(tmp_path, [line(rd_x="999999", rd_y="1"), line(meldingnummer="M2")])
    result = run(database, ready, path)
    assert counts(result) == {"new": 2, "located": 1}
    assert dict(result.notes) == {
        "coördinaten die nergens in het gebied van EPSG:28992 liggen: niet gebruikt": 1
    }
    nowhere = stored(database)[0]
    assert (nowhere.lon, nowhere.cell, nowhere.buurtcode) == (None, None, None)
    assert nowhere.why_not_better == (
        "de coördinaten (999999, 1) liggen nergens in het gebied van EPSG:28992; er is geen adres"
    )


def test_without_areas_nothing_is_outside(database: Database, settings: Settings, tmp_path: Path) -> None:
    own = settings.model_copy(update={"privacy": PrivacySettings(reporter_key_file=tmp_path / "key")})
    path = written(tmp_path, [line(rd_x="121000", rd_y="487000")])
    assert counts(run(database, own, path)) == {"new": 1, "located": 1}
    assert stored(database)[0].buurtcode is None


@tuned(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.sampled_from(sorted(BAD_INPUT)), max_size=8))
def test_the_five_counts_add_up_whatever_the_rows(
    database: Database, ready: Settings, tmp_path: Path, rows: list[str]
) -> None:
    lines = [BAD_INPUT[name][0] for name in rows]
    result = run(database, ready, written(tmp_path, lines), dry_run=True)
    counts(result)
    assert result.counts.read == len([one for one in lines if one])


def test_events_of_another_country_need_a_mapping_and_no_code(
    sqlite_url: str, settings: Settings, tmp_path: Path, shared_data: Callable[[str], Path]
) -> None:
    database = Database(sqlite_url)
    (tmp_path / "vancouver.toml").write_text(
        'number_repeats = true\n[file]\ndelimiter = ","\n'
        "[columns]\n"
        'id = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "HUNDRED_BLOCK", "X", "Y"]\n'
        'reported_at = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE"]\ncategory = "TYPE"\nx = "X"\ny = "Y"\n'
        '[dates]\nformats = ["%Y %m %d %H %M"]\ntimezone = "America/Vancouver"\n'
        '[categories]\ndefault = "personen"\n[coordinates]\ncrs = "EPSG:32610"\n'
    )
    municipality = settings.municipality.model_copy(
        update={"timezone": "America/Vancouver", "crs": "EPSG:32610", "code": "", "name": "Vancouver"}
    )
    own = settings.model_copy(
        update={
            "municipality": municipality,
            "sources": SourcesSettings(folder=tmp_path),
            "privacy": PrivacySettings(reporter_key_file=tmp_path / "key"),
        }
    )
    path = shared_data("events/vancouver_thefts.csv")
    found = counts(run(database, own, path, source="vancouver"))
    assert found["new"] == 21918
    assert found["located"] > 21800
    with database.reading() as connection:
        window = {
            "window_start": datetime(2020, 1, 1, tzinfo=UTC),
            "window_end": datetime(2021, 1, 2, tzinfo=UTC),
        }
        frame = load_reports(connection, known_at=datetime(2021, 1, 2, tzinfo=UTC), **window)
    assert frame["lon"].between(-123.3, -123.0).all()
    assert frame["lat"].between(49.19, 49.32).all()
    database.close()
    assert frame["moment"].min() == datetime(2020, 1, 1, 8, tzinfo=UTC)  # midnight in Vancouver


def zipped(folder: Path, files: dict[str, str]) -> Path:
    path = folder / "signalen.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


SIGNALEN = {
    # signal 2 is the parent of 3; 4 is cancelled; the history tables hold an older location and status of 1
    "signals.csv": (
        "id,source,text,incident_date_start,created_at,updated_at,category_assignment_id,location_id,"
        "reporter_id,status_id,parent\n"
        "1,online,Dealers,2023-03-14 20:35:00+00:00,2023-03-14 20:40:00+00:00,2023-03-15 08:00:00+00:00,"
        "11,22,31,42,\n"
        "2,online,Alles,2023-03-14 20:35:00+00:00,2023-03-14 20:40:00+00:00,2023-03-15 08:00:00+00:00,"
        "12,23,32,43,\n"
        "3,online,Deel,2023-03-14 20:35:00+00:00,2023-03-14 20:40:00+00:00,2023-03-15 08:00:00+00:00,"
        "12,23,32,43,2\n"
        "4,online,Weg,2023-03-14 20:35:00+00:00,2023-03-14 20:40:00+00:00,2023-03-15 08:00:00+00:00,"
        "12,23,32,44,\n"
    ),
    # lat holds the longitude
    "locations.csv": (
        "id,lat,lng,address_text,_signal_id,address_street,address_number,address_postalcode,address_city\n"
        f"21,{LON + 0.01},{LAT},Oud 1,1,Oud,1,null,Maastricht\n"
        f"22,{LON},{LAT},Markt 1,1,Markt,1,6211CK,Maastricht\n"
        f"23,{LON},{LAT},,2,null,null,null,null\n"
    ),
    "categories.csv": (
        "id,main,sub,_signal_id\n"
        "11,Overlast van en door personen of groepen,Drank- en drugsoverlast,1\n"
        "12,Overlast van en door personen of groepen,Jongerenoverlast,2\n"
    ),
    "statuses.csv": "id,text,state,_signal_id\n41,,m,1\n42,,o,1\n43,,m,2\n44,,a,4\n",
    "reporters.csv": "id,email,phone,_signal_id\n31,een@voorbeeld.nl,,1\n32,,0612345678,2\n",
}


def test_a_signalen_zip_is_joined_on_the_current_ids(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    found = counts(run(database, ready, zipped(tmp_path, SIGNALEN), source="signalen"))
    assert found == {"new": 4, "located": 4}
    first, parent, child, cancelled = stored(database)
    assert (first.category, first.subcategory, first.status) == ("drugs", "Drank- en drugsoverlast", "o")
    assert (first.lon, first.lat) == (LON, LAT)
    assert (first.street, first.house_number, first.address_key) == ("Markt", "1", "6211CK 1")
    assert parent.street is None
    assert first.occurred_at == datetime(2023, 3, 14, 20, 35, tzinfo=UTC)
    assert [row.is_counted for row in (first, parent, child, cancelled)] == [True, False, True, False]
    assert parent.reporter_id == child.reporter_id != first.reporter_id


def test_a_signalen_zip_without_a_table_is_refused_by_name(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    files = {name: text for name, text in SIGNALEN.items() if name != "statuses.csv"}
    with pytest.raises(UnreadableFileError, match=r"lacks statuses\.csv"):
        run(database, ready, zipped(tmp_path, files), source="signalen")


def signal(number: int, **changes: Any) -> dict[str, Any]:
    """A signal as the private API gives it."""
    return {
        "_links": {"self": {"href": ""}, "sia:children": []},
        "id": number,
        "text": "Groep op het plein",
        "category": {
            "main_slug": "overlast-van-en-door-personen-of-groepen",
            "sub_slug": "jongerenoverlast",
        },
        "status": {"state": "m"},
        "location": {
            "address": {"openbare_ruimte": "Markt", "huisnummer": 1, "postcode": "6211CK"},
            "geometrie": {"type": "Point", "coordinates": [LON, LAT]},
        },
        "reporter": {"email": "een@voorbeeld.nl", "phone": None},
        "created_at": "2023-03-14T20:40:00.123456+00:00",
        "updated_at": "2023-03-14T20:40:00+00:00",
        "incident_date_start": "2023-03-14T20:35:00+00:00",
        **changes,
    }


@pytest.mark.parametrize("as_zip", [False, True], ids=["one page", "a zip of pages"])
def test_pages_of_the_signalen_api_are_read_with_the_same_source(
    database: Database, ready: Settings, tmp_path: Path, *, as_zip: bool
) -> None:
    page = json.dumps({"count": 2, "results": [signal(1), signal(2)]})
    with_children = signal(3, _links={"self": {"href": ""}, "sia:children": [{"href": "x"}]})
    other = json.dumps({"count": 1, "results": [with_children]})
    if as_zip:
        files = {"page1.json": page, "page2.json": other}
        found = counts(run(database, ready, zipped(tmp_path, files), source="signalen-api"))
        assert found == {"new": 3, "located": 3}
        assert [row.is_counted for row in stored(database)] == [True, True, False]
    else:
        path = tmp_path / "page.json"
        path.write_text(page)
        assert counts(run(database, ready, path, source="signalen")) == {"new": 2, "located": 2}
    assert {row.source for row in stored(database)} == {"signalen-api" if as_zip else "signalen"}
    assert stored(database)[0].category == "personen"
    assert stored(database)[0].reporter_id is not None


def test_open311_requests_are_read(database: Database, ready: Settings, tmp_path: Path) -> None:
    request = {
        "service_request_id": "638344",
        "status": "open",
        "service_name": "Overlast drugs",
        "service_code": "006",
        "description": None,
        "requested_datetime": "2023-03-14T21:35:00+01:00",
        "updated_datetime": "2023-03-15T06:37:38-08:00",
        "address": "Markt 1",
        "zipcode": "6211CK",
        "lat": LAT,
        "long": LON,
    }
    path = tmp_path / "requests.json"
    path.write_text(json.dumps([request, request | {"service_request_id": None}]))
    assert counts(run(database, ready, path, source="open311")) == {"new": 1, "rejected": 1, "located": 1}


def test_a_nul_which_postgresql_cannot_keep_is_left_out(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "requests.json"
    path.write_text(json.dumps({"results": [signal(1, text="a\0b")]}))
    assert counts(run(database, ready, path, source="signalen-api")) == {"new": 1, "located": 1}
    assert stored(database)[0].text == "ab"


def test_a_truncated_json_is_an_error_and_keeps_nothing(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "requests.json"
    path.write_text(json.dumps({"results": [signal(1), signal(2)]})[:-30])
    with pytest.raises(UnreadableFileError, match="no whole JSON"):
        run(database, ready, path, source="signalen-api")
    assert stored(database) == []


def test_rows_of_a_file_that_share_a_number_are_told_wherever_they_stand(
    database: Database, ready: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotspots.intake.sources.reading.ROWS_AT_ONCE", 3)
    surveying_few = ready.intake.model_copy(update={"survey_rows": 1})
    texts = ["een", "twee", "drie"]
    numbers = ["M1", "M1", "M2", "M3", "M4", "M5", "M1"]
    rows = [line(meldingnummer=number, omschrijving=texts[n % 3]) for n, number in enumerate(numbers)]
    rows.append(rows[-2])  # the same row twice is one report, and no other content
    result = run(database, ready.model_copy(update={"intake": surveying_few}), written(tmp_path, rows))
    assert counts(result) == {"new": 5, "updated": 2, "unchanged": 1, "located": 8}
    assert result.told["notes"] == {SAME_NUMBER: 2}


def test_rows_that_share_a_number_are_told_also_when_the_first_is_as_it_was_stored(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    run(database, ready, written(tmp_path, [line(), line(meldingnummer="M2")]))
    rows = [line(), line(meldingnummer="M2"), line(), line(omschrijving="Toch iets anders")]
    result = run(database, ready, written(tmp_path, rows))
    assert counts(result) == {"updated": 1, "unchanged": 3, "located": 4}
    assert result.told["notes"] == {SAME_NUMBER: 1}


def test_whose_reporter_is_known_is_counted_of_what_is_stored(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    rows = [
        line(),
        line(meldingnummer="M2", melder=""),
        line(meldingnummer="M3", meldtijd="ooit"),
        line(meldingnummer="M4", hoofdcategorie="Afval"),
        line(meldingnummer="M5"),
    ]
    for _ in range(2):  # new, and then unchanged
        assert run(database, ready, written(tmp_path, rows)).counts.with_reporter == 2
    with database.reading() as connection:
        assert connection.execute(select(imports.c.with_reporter)).scalars().all() == [2, 2]


def test_what_is_told_of_a_file_holds_columns_of_the_mapping_and_nothing_that_stands_in_it(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    spoilt = [
        line(
            meldingnummer="0004", huisnummer="1-feb", omschrijving="Tabaksblat #N/B", straatnaam="Tabaksblat"
        ),
        line(meldingnummer="'7", huisnummer="12.0", postcode="Tabaksblat", melder="Tabaksblat"),
        line(meldingnummer="12.0", rd_x="Tabaksblat", rd_y="#REF!", huisletter="2,0E+05"),
        line(meldingnummer="8", meldtijd="2023-03-26 02:30", rd_x="317800", rd_y="176200"),
        line(meldingnummer="9", meldtijd="Tabaksblat"),
        line(meldingnummer="10", rd_x="5.6879", rd_y="50.8485", hoofdcategorie="Tabaksblat"),
        line(meldingnummer="11", rd_x="1", rd_y="2"),
    ]
    header = HEADER.replace("melder", "melder Tabaksblat").replace("woonplaats", "Tabaksblat")
    path = tmp_path / "export.csv"
    path.write_bytes("\n".join([header, *spoilt]).encode() + b"\xff\xfe\n")
    told = run(database, ready, path).told
    assert len(told["notes"]) >= 6
    assert told["absentColumns"] == ["melder", "woonplaats"]
    assert "Tabaksblat" not in json.dumps(told)


def test_a_large_file_takes_bounded_memory(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotspots.intake.sources.reading.ROWS_AT_ONCE", 1000)
    path = tmp_path / "large.csv"
    filler = line(hoofdcategorie="Afval", omschrijving="x" * 900)
    with path.open("w") as file:
        file.write(HEADER + "\n")
        for number in range(10_000):
            file.write(filler.replace("M1", f"M{number}", 1) + "\n")
    size = path.stat().st_size
    large = Database(f"sqlite:///{tmp_path}/large.sqlite")
    large.upgrade()
    own = settings.model_copy(update={"privacy": PrivacySettings(reporter_key_file=tmp_path / "key")})
    tracemalloc.start()
    try:
        result = run(large, own, path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        large.close()
    assert result.counts.other_category == 10_000
    assert peak < size


@pytest.mark.parametrize("spelled", ["0005", "5.0", "'5", "5"])
def test_a_report_stored_under_its_former_spelling_is_no_second_report(
    database: Database, ready: Settings, tmp_path: Path, spelled: str
) -> None:
    run(database, ready, written(tmp_path, [line(meldingnummer="5")]))
    with database.writing() as connection:
        connection.execute(update(reports).values(source_id=spelled))
    result = run(database, ready, written(tmp_path, [line(meldingnummer=spelled)]))
    assert counts(result) == {"unchanged": 1, "located": 1}
    assert [report.source_id for report in stored(database)] == ["5"]


def test_a_change_that_is_still_to_come_does_not_go_before_later_ones(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    versions = [("open", "2099-01-01T00:00:00Z"), ("closed", "2023-07-01T00:00:00Z"), ("x", "gisteren")]
    told: Counter[str] = Counter()
    for status, changed in versions:
        record = {
            "service_request_id": "7",
            "status": status,
            "service_code": "overlast-drugs",
            "requested_datetime": "2023-05-01T10:00:00+02:00",
            "updated_datetime": changed,
        }
        (tmp_path / "a.json").write_text(json.dumps([record]))
        told += run(database, ready, tmp_path / "a.json", source="open311").notes
        with database.reading() as connection:
            assert connection.execute(select(reports.c.status)).scalars().all() == [status]
    assert (told[CHANGED_LATER], told[UNREAD_TIMES["changed"]]) == (1, 1)


@pytest.mark.parametrize("parent", ["2", "2.0", "0002", "'2"])
def test_a_parent_is_known_however_its_number_is_written(
    database: Database, ready: Settings, tmp_path: Path, parent: str
) -> None:
    (tmp_path / "own.toml").write_text(
        '[columns]\nid = "nr"\nreported_at = "tijd"\nparent = "hoofd"\n[categories]\ndefault = "drugs"\n'
    )
    path = tmp_path / "a.csv"
    path.write_text(f"nr;tijd;hoofd\n02;2023-03-14 21:35;\n3;2023-03-14 21:40;{parent}\n")
    own = ready.model_copy(update={"sources": SourcesSettings(folder=tmp_path)})
    run(database, own, path, source="own")
    assert [(row.source_id, row.is_counted) for row in stored(database)] == [("2", False), ("3", True)]
