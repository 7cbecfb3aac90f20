"""Rows that are read by columns are read, told and counted as if each were read by itself."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.files.rows import BrokenRow, Row, row_of_cells
from hotspots.intake.reporter_identity import WrittenReporters
from hotspots.intake.sources.mapping import SourceMapping
from hotspots.intake.sources.reading import Readings, RowReader, read_rows
from hotspots.settings import IntakeSettings

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CELLS: dict[str, list[str]] = {
    "nr": ["M1", "2023-0012", "000123", "12.0", "2,02301E+11", "1-feb", "", " M2 ", "x" * 121, "parent"],
    "tijd": [
        *(
            "2023-03-14 21:35",
            "2023-03-14T21:35:10.5",
            "2023-03-26 02:30",
            "2023-10-29 02:30",
            "2023-3-14 21:35",
        ),
        *("14-03-2023 21:35", "04-03-2023", "2023-03-14", "2023-02-30 10:00", "2023-03-14 24:00", "gisteren"),
        *("", "0001-01-01 00:00", "9999-12-31 23:59", "2023-03-14 21.35", "2023-03-1\u0664 21:35"),
        *("2023-03-14 21:35:10.1234567", "2023-W11-2 21:35", "45000.5", "2023-03-14T20:35:00Z"),
    ],
    "begin": ["", "2023-03-14 20:00", "14-03-2023", "vroeg", "null"],
    "soort": ["Overlast drugs", "overlast  DRUGS", "Wegen", "", "onbekend"],
    "status": ["", "Geannuleerd", "open"],
    "tekst": ["Er wordt gedeald.", "", "null", "\u00a0x\0", "y" * 300],
    "straat": ["Markt", "", "NULL"],
    "huis": ["12", "12.0", "1-feb", "12-14", "", "7 boven"],
    "postcode": ["6211LE", "6211 le", "", "1-2-2023", "6211.0"],
    "x": ["176543", "176.543,21", "", "5,69", "1,765E+05", "x", "'176543", "nan"],
    "y": ["317523", "", "50.85", "0"],
    "melder": ["melder-1", "06-12345678", "anoniem", "-", "", "1,2E+10", "J. Jansen <J@X.nl>"],
}
MAPPING = SourceMapping.model_validate(
    {
        "file": {"format": "csv"},
        "columns": {
            "id": "nr",
            "reported_at": "tijd",
            "occurred_at": "begin",
            "category": "soort",
            "status": "status",
            "text": "tekst",
            "street": "straat",
            "house_number": "huis",
            "postcode": "postcode",
            "x": "x",
            "y": "y",
            "reporter": "melder",
        },
        "dates": {"formats": ["%Y-%m-%d %H:%M", "iso", "%d-%m-%Y %H:%M", "%d-%m-%Y", "excel"]},
        "categories": {"default": "other", "values": {"Overlast drugs": "drugs"}},
        "counting": {"not_when_status": ["geannuleerd"]},
        "coordinates": {"crs": "EPSG:28992", "radius_m": 10},
    }
)


class OneByOne(RowReader):
    """Reads each row by itself."""

    def _plain(self, columns: Any) -> tuple[Readings, list[bool]]:
        count = len(columns.number)
        nothing: Any = [None] * count
        return Readings(*[nothing] * len(Readings._fields)), [False] * count


def outcome(kind: type[RowReader], mapping: SourceMapping, rows: list[Row | BrokenRow]) -> tuple[Any, ...]:
    """All that reading rows gives, tells and counts."""
    who = WrittenReporters(IntakeSettings(), "Europe/Amsterdam")
    reader = kind(mapping, AMSTERDAM, who, parents=frozenset({"parent"}), longest_text=200)
    read = [
        (list(map(repr, found.readings.each())), found.refused) for found in read_rows(reader, iter(rows))
    ]
    times = reader.times
    counted = (times.as_mapped, times.other_order, times.either_order, times.early_days, times.late_days)
    return read, list(reader.notes.items()), list(reader.categories.items()), counted


@pytest.mark.parametrize("column", list(CELLS))
def test_each_spelling_of_a_cell_is_read_the_same_by_columns(column: str) -> None:
    usual = {name: cells[0] for name, cells in CELLS.items()}
    rows: list[Row | BrokenRow] = [
        row_of_cells(number, {**usual, column: cell, "nr": cell if column == "nr" else f"M{number}"})
        for number, cell in enumerate([*CELLS[column], *CELLS[column]], start=1)
    ]
    rows.insert(3, BrokenRow(99, "kapot"))
    assert outcome(RowReader, MAPPING, rows) == outcome(OneByOne, MAPPING, rows)


@settings(max_examples=60)
@given(
    st.lists(
        st.fixed_dictionaries({name: st.sampled_from(cells) for name, cells in CELLS.items()}), max_size=9
    )
)
def test_rows_of_any_cells_are_read_the_same_by_columns(cells: list[dict[str, str]]) -> None:
    rows: list[Row | BrokenRow] = [row_of_cells(number, row) for number, row in enumerate(cells, start=1)]
    assert outcome(RowReader, MAPPING, rows) == outcome(OneByOne, MAPPING, rows)
