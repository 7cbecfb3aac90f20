"""What the reports of a hotspot are about: shares and words, and the same words in a query."""

import pandas as pd
import pytest
from sqlalchemy import Connection, Float, literal, select

from hotspots.model import Aard
from hotspots.settings import NuisanceSettings
from hotspots.tracking.nuisance import Nuisance, aard_of, are_of_aard, in_words, nuisance_per_place

SETTINGS = NuisanceSettings()


def reports(*told: tuple[int, str, str | None, int]) -> pd.DataFrame:
    """Reports: place, category, subcategory, and how many of them."""
    rows = [line[:3] for line in told for _ in range(line[3])]
    return pd.DataFrame(rows, columns=["place", "category", "subcategory"])


def test_each_place_has_its_share_of_drugs_and_its_commonest_subcategories_first() -> None:
    found = nuisance_per_place(
        reports(
            (0, "drugs", "Gebruik", 5),
            (0, "drugs", "Dealen", 6),
            (0, "personen", None, 3),
            (4, "personen", "Jongeren", 8),
        ),
        SETTINGS,
    )
    assert found == {
        0: Nuisance(11 / 14, ("dealen", "gebruik")),
        4: Nuisance(0.0, ("jongeren",)),
    }


def test_a_subcategory_of_few_reports_is_not_named() -> None:
    told = reports((0, "personen", "Jongeren", 9), (0, "personen", "Ex-man van mevrouw", 4))
    assert nuisance_per_place(told, SETTINGS)[0].subcategories == ("jongeren",)


def test_at_most_so_many_are_named_and_of_as_many_reports_the_first_by_alphabet() -> None:
    told = reports(*((0, "personen", name, 5) for name in ("Delta", "Charlie", "Bravo", "Alfa")))
    assert nuisance_per_place(told, SETTINGS)[0].subcategories == ("alfa", "bravo", "charlie")
    none = SETTINGS.model_copy(update={"most_subcategories": 0})
    assert nuisance_per_place(told, none)[0].subcategories == ()


def test_one_subcategory_that_two_sources_write_in_their_own_way_is_one() -> None:
    told = reports((0, "drugs", "Drugsverkoop", 3), (0, "drugs", "drugsverkoop", 2))
    assert nuisance_per_place(told, SETTINGS)[0].subcategories == ("drugsverkoop",)


def test_a_share_of_exactly_so_much_counts_for_either_side() -> None:
    settings = SETTINGS.model_copy(update={"mainly_share": 0.54})
    assert [aard_of(share, settings) for share in (27 / 50, 23 / 50)] == [Aard.DRUGS, Aard.PERSONEN]


def test_a_subcategory_turns_no_line_around_and_breaks_no_file() -> None:
    assert in_words("\u202eDealen\u202c in\u2028de\x0bbuurt") == "dealen in de buurt"


@pytest.mark.parametrize("mainly", [0.54, 0.6, 2 / 3, 1.0])
def test_a_query_finds_by_the_same_words(told: Connection, mainly: float) -> None:
    settings = SETTINGS.model_copy(update={"mainly_share": mainly})
    shares = [None, *(part / 10 for part in range(11)), 1 / 3, 2 / 3, 23 / 50, 27 / 50]
    for share in shares:
        known = literal(share, Float())
        holds = [word for word in Aard if told.scalar(select(are_of_aard(known, [word], settings)))]
        assert holds == [aard_of(share, settings)]
