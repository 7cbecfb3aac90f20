"""Rows are made ready before the database is written, and wait where nobody else can read them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hotspots.intake import prepared_rows
from hotspots.intake.delivered_text import CUT, TOO_LONG
from hotspots.intake.import_reports import ImportResult, import_reports
from hotspots.intake.marks import Mark
from hotspots.intake.plain_spelling import AsRead
from hotspots.intake.possible_marks import PossibleMarks
from hotspots.intake.prepared_rows import TEXT_WITHHELD, waiting
from hotspots.intake.scrubbing import WITHHELD
from hotspots.intake.without_persons import without_persons
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.metadata import read_fact, write_fact
from hotspots.store.report_tables import report_locations, report_texts, reports

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)


def test_what_waits_comes_back_in_its_order_and_lies_in_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with waiting() as batches:
        for number in range(40):
            batches.add([f"{number}", "x" * 200_000])
        assert list(tmp_path.iterdir()) == []
        assert [batch[0] for batch in batches] == [f"{number}" for number in range(40)]


def imported(database: Database, settings: Settings, folder: Path, *changes: dict[str, Any]) -> ImportResult:
    """Import rows of a JSON delivery, as only JSON can hold every character."""
    rows = [
        {
            "meldingnummer": f"M-{number}",
            "meldtijd": "2023-03-14 21:35",
            "hoofdcategorie": "Overlast drugs",
            "omschrijving": "Er wordt gedeald.",
            **change,
        }
        for number, change in enumerate(changes)
    ]
    (folder / "sources").mkdir(exist_ok=True)
    shipped = (settings.sources.folder / "melddesk.toml").read_text(encoding="utf-8")
    as_json = shipped.replace('format = "csv"', 'format = "json"')
    (folder / "sources" / "melddesk.toml").write_text(as_json, encoding="utf-8")
    own = settings.model_copy(
        update={"sources": settings.sources.model_copy(update={"folder": folder / "sources"})}
    )
    path = folder / "delivery.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return import_reports(
        database, own, path, "melddesk", now=NOW, rejects_path=folder / "delivery.rejects.csv"
    )


def texts(database: Database) -> dict[str, str]:
    """The texts that are kept, by the number of their report."""
    query = select(reports.c.source_id, report_texts.c.text).join(report_texts)
    with database.reading() as connection:
        return {row.source_id: row.text for row in connection.execute(query)}


def test_a_text_on_which_scrubbing_fails_is_withheld_and_told_and_the_others_are_read(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = PossibleMarks.among

    def failing(marks: PossibleMarks, text: AsRead) -> frozenset[Mark]:
        if "onleesbaar" in text.small:
            raise ZeroDivisionError
        return real(marks, text)

    monkeypatch.setattr(PossibleMarks, "among", failing)
    result = imported(
        database,
        settings,
        tmp_path,
        {"omschrijving": "Onleesbaar van Jan Jansen"},
        {},
        {"straatnaam": "Onleesbaarstraat", "huisnummer": "onleesbaar 3"},
        {"meldtijd": "", "omschrijving": "onleesbaar, van een rij die geweigerd wordt"},
        {"hoofdcategorie": "Onleesbaar"},
    )
    assert (result.counts.new, result.counts.rejected, result.counts.other_category) == (3, 1, 1)
    assert result.told["notes"][TEXT_WITHHELD] == 2
    assert texts(database) == {"M-0": WITHHELD, "M-1": "Er wordt gedeald.", "M-2": "Er wordt gedeald."}
    with database.reading() as connection:
        found = connection.execute(select(report_locations.c.street, report_locations.c.house_number))
        assert [tuple(row) for row in found if row.street] == [(WITHHELD, None)]


ODD = {
    "a dotted I in an account": "Geld op TR33 0006 1005 1978 6457 841İ 26 graag",
    "a dotless i in an account": "Geld op TR33 0006 1005 1978 6457 84ı3 26 graag",
    "a Kelvin sign in an account": "Geld op NL91 ABNA 0417 1643 0\u212a, nl91\u212abna0417164300",
    "a long s in an account": "SE35 5000 0000 0549 1000 000ſ en ſE3550000000054910000003",
    "figures of other scripts": "bel ٠٦١٢٣٤٥٦٧٨ of bsn ١١١٢٢٢٣٣٣ of ０６１２３４５６７８",
    "fractions and powers": "½ km, 10 m², bsn 11122233³, ⅧⅨ",
    "halves of characters": "bel \ud800 06\udfff12345678",
    "NUL": "bel 06\x0012345678 \x00",
    "marks on letters": "meneer J\u0301a\u0308n" + "\u0301\u0327" * 200,
    "from right to left": "meneer \u202eneſnaJ\u202c محمد דוד 0612345678",
    "signs without width": "meneer Jan\u200b\u200dsen \ufeff06\u200b12345678",
    "other blanks": "meneer\u2003Jansen\u2028mevrouw\u00a0Jansen\x85\x1c\x0b",
    "beyond the basic plane": "𝟎𝟔𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖 👨‍👩‍👧 𝐉𝐚𝐧",
    "case that changes length": "ﬁ ß ŉ ǰ ΐ İ DHR. ẞ mevr. ŉ",
}


def test_texts_of_any_characters_are_read(database: Database, settings: Settings, tmp_path: Path) -> None:
    names = ("omschrijving", "straatnaam", "huisnummer", "huisletter", "huisnummertoevoeging", "postcode")
    other = ("woonplaats", "melder", "subcategorie", "hoofdcategorie", "meldtijd", "meldingnummer", "rd_x")
    rows = [
        {name: text} | ({"hoofdcategorie": "Overlast drugs"} if name == "subcategorie" else {})
        for name in (*names, *other)
        for text in ODD.values()
    ]
    result = imported(database, settings, tmp_path, *rows)
    counts = result.counts
    assert counts.read == len(rows)
    assert counts.new >= 150
    assert counts.new + counts.updated + counts.rejected + counts.other_category == len(rows)
    assert result.notes[TEXT_WITHHELD] == 0
    again = imported(database, settings, tmp_path, *rows).counts
    assert (again.new, again.updated) == (0, 0)


def test_a_text_of_a_million_characters_is_cut_and_told(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    long = "Herrie in de straat. " * 50_000
    result = imported(database, settings, tmp_path, {"omschrijving": long}, {"straatnaam": "x" * 1_000_000})
    assert result.counts.new == 2
    assert result.told["notes"][TOO_LONG] == 2
    kept = texts(database)["M-0"]
    assert kept.endswith(CUT)
    assert len(kept) <= settings.intake.longest_text + len(CUT) + 1


def test_others_write_while_texts_are_scrubbed(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def signing_in_meanwhile(readings: Any, places: Any) -> Any:
        with database.writing() as connection:
            write_fact(connection, "signed in", readings.source_id[-1])
        return without_persons(readings, places)

    monkeypatch.setattr(prepared_rows, "without_persons", signing_in_meanwhile)
    result = imported(database, settings, tmp_path, {}, {}, {})
    assert result.counts.new == 3
    with database.reading() as connection:
        assert read_fact(connection, "signed in") == "M-2"
