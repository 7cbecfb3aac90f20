"""What is read of a cell can be stored, and is no longer than a person writes."""

from collections import Counter

import pytest

from hotspots.intake.delivered_text import CUT, NOT_STORABLE, TOO_LONG, cut, storable_cells


def test_cells_that_can_be_stored_are_read_as_they_are() -> None:
    notes: Counter[str] = Counter()
    cells = ["Herrie in café İ", "M-1"]
    assert storable_cells(cells, 20, notes) == cells
    assert not notes


def test_halves_of_characters_and_long_texts_are_told() -> None:
    notes: Counter[str] = Counter()
    cells = ["een\0 \ud800half", "weer herrie " * 3, "goed"]
    kept = storable_cells(cells, 20, notes)
    assert kept == ["een �half", f"weer herrie weer {CUT}", "goed"]
    assert notes == {NOT_STORABLE: 1, TOO_LONG: 1}


@pytest.mark.parametrize("longest", range(12, 30))
def test_no_part_of_a_number_is_left_at_the_end(longest: int) -> None:
    assert not any(map(str.isdigit, cut("Bel me dan 06 12 34-56 78 vandaag", longest)))
