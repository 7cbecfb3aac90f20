"""What is kept of rows that are refused: what tells how to correct them, and nothing of who reported."""

from zoneinfo import ZoneInfo

import pytest

from hotspots.evaluation.export_lines import MELDDESK_COLUMNS
from hotspots.intake.rejects import RefusedRows
from hotspots.intake.reporter_identity import written_reporters
from hotspots.intake.sources.mapping import load_mapping
from hotspots.intake.sources.reading import Refusal, RowReader
from hotspots.settings import Settings, load_settings

COLUMNS = [*MELDDESK_COLUMNS, "toelichting"]
ROW = {
    "meldingnummer": "M-12",
    "meldtijd": "2023-03-14 21:35",
    "hoofdcategorie": "Overlast drugs",
    "omschrijving": "Mijn buurman Kees dealt",
    "straatnaam": "Markt",
    "huisnummer": "12",
    "huisletter": "A",
    "postcode": "6211 CK",
    "rd_x": "121000",
    "rd_y": "487000",
    "melder": "KLANT-00471101",
    "toelichting": "van Tabaksblat",
}


def kept(**changes: str) -> dict[str, str]:
    """The cells that are kept of a row that lies outside, with changes; those that are not empty."""
    mapping = load_mapping(load_settings().sources, "melddesk")
    refused = RefusedRows(
        mapping,
        RowReader(mapping, ZoneInfo("Europe/Amsterdam"), written_reporters(Settings())),
        lambda x, y: x < 300_000 < y < 620_000,
    )
    row = ROW | changes
    cells = {column: row.get(column, "") for column in COLUMNS}
    found = refused.cleaned(Refusal(3, cells, "ligt buiten", row["meldingnummer"]))
    assert (found.row_number, found.reason, list(found.cells)) == (3, "ligt buiten", COLUMNS)
    assert found.source_id == found.cells["meldingnummer"]
    return {column: value for column, value in found.cells.items() if value}


def test_who_reported_and_what_is_not_read_are_left_out_and_texts_are_scrubbed() -> None:
    assert kept() == {
        column: value for column, value in ROW.items() if column not in {"melder", "toelichting"}
    } | {"omschrijving": "Mijn buurman [naam] dealt"}


@pytest.mark.parametrize("time", ["", "gisteren", "03/14/2023", "2023-02-30 10:00", "12,5"])
def test_a_time_that_someone_can_correct_is_kept(time: str) -> None:
    assert kept(meldtijd=time).get("meldtijd", "") == time
    assert kept(meldtijd=time)["straatnaam"] == "Markt"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("meldtijd", "KLANT-00471101"),
        ("meldtijd", "06-87654321"),
        ("meldtijd", "00471101"),
        ("postcode", "111222333"),
        ("postcode", "KLANT-00471101"),
        ("postcode", "jan@voorbeeld.nl"),
        ("huisnummer", "0687654321"),
        ("huisnummer", "Markt"),
        ("huisletter", "KLANT-77"),
        ("huisnummertoevoeging", "06-87654321"),
        ("rd_y", "KLANT-77"),
        ("rd_y", "111222333"),
        ("rd_y", ""),
        ("rd_x", "471101"),
    ],
)
def test_of_a_row_with_a_value_in_a_wrong_column_nothing_is_kept(column: str, value: str) -> None:
    assert kept(**{column: value}) == {}


@pytest.mark.parametrize("by", [-2, -1, 1, 2, 3])
def test_of_a_row_that_is_shifted_nothing_is_kept(by: int) -> None:
    values = [ROW.get(column, "") for column in COLUMNS]
    shifted = dict(zip(COLUMNS, values[by:] + values[:by], strict=True))
    assert kept(**shifted) == {}


@pytest.mark.parametrize("number", ["M-12", "2023-00012", "MLD.2023.001", "SIA-123", "12345"])
def test_an_id_that_can_be_nothing_else_is_kept(number: str) -> None:
    assert kept(meldingnummer=number)["meldingnummer"] == number


@pytest.mark.parametrize(
    "number",
    ["06-87654321", "0687654321", "jan.tabaksblat", "Jan Jansen 2", "111222333", "jan2@voorbeeld.nl"],
)
def test_an_id_that_may_be_a_person_is_not_kept(number: str) -> None:
    assert "meldingnummer" not in kept(meldingnummer=number)
    assert kept(meldingnummer=number)["straatnaam"] == "Markt"
