"""Which streets of the small town of conftest a written name can mean, and how far it is from them."""

import pytest

from hotspots.geocoding.register import AddressRegister
from hotspots.geocoding.streets import StreetCandidate, StreetFinder, allowed_typos

NAMES = (
    *("Markt", "Kerkstraat", "Prins Clauslaan", "Prinses Clauslaan", "Burgemeester van der Venstraat"),
    *("Sint Pieterstraat", "'s-Gravenweg", "Curaçaoplein", "Plein 1992", "16 Aprillaan", "Dorpsweg"),
    *("Dorpsweg", "Dr. J.F. Kennedylaan", "Fabriekslaan", "Hoogstraat"),
)


@pytest.fixture
def streets(town: AddressRegister) -> StreetFinder:
    """The streets of the small town; nothing looked up yet."""
    assert town.index.street_names == list(NAMES)
    return StreetFinder(town.index)


@pytest.mark.parametrize(
    ("name", "exact", "similar"),
    [
        ("Kerkstraat", (1,), []),
        ("kerkstr.", (1,), []),
        ("Dorpsweg", (10, 11), []),
        ("Pr. Clauslaan", (2, 3), []),
        ("Kerkstraatt", (), [(1, 1, True)]),
        ("Dorpswegg", (), [(10, 1, True), (11, 1, True)]),
        ("St. Pietrstraat", (), [(5, 1, True)]),
        ("Gravenweg", (), [(6, 1, True)]),
        ("Plein 1991", (), [(8, 1, True)]),
        ("Fabriekslan", (), [(13, 1, True)]),
        # two letters are not sure, three too many here, and short names allow none
        ("Fabrikslan", (), [(13, 2, False)]),
        ("Fbrikslan", (), []),
        ("Dorpsvech", (), []),
        ("Mark", (), []),
        ("Marktt", (), [(0, 1, True)]),
        ("Xyz", (), []),
        ("", (), []),
        # words left out or shortened, of which only initials and abbreviations are sure
        ("Kennedylaan", (), [(12, 1.5, False)]),
        ("J.F. Kennedylaan", (), [(12, 1.5, True)]),
        ("John Kennedylaan", (), [(12, 1.5, False)]),
        ("De Kennedylaan", (), [(12, 1.5, False)]),
        ("Venstraat", (), [(4, 1.5, False)]),
        ("Burg. Venstraat", (), [(4, 1.5, True)]),
        ("Jansteen. Kennedylaan", (), []),
    ],
)
def test_a_name_means_streets_at_a_distance(
    streets: StreetFinder, name: str, exact: tuple[int, ...], similar: list[tuple[int, float, bool]]
) -> None:
    assert streets.exact(name) == streets.exact(name) == exact
    assert streets.similar(name) == [StreetCandidate(*candidate) for candidate in similar]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Kerkstraat", [(1, 0)]),
        ("Kerkstraatt", [(1, 1)]),
        ("Pr. Clauslaan", [(2, 0), (3, 0)]),
        ("Fabrikslan", [(13, 2)]),
        ("Kennedylaan", [(12, 1.5)]),
        ("John Kennedylaan", [(12, 1.5)]),
        ("Jansteen. Kennedylaan", []),
        ("Mark", []),
        ("Xyz", []),
        ("", []),
    ],
)
def test_among_some_streets_less_is_needed(
    streets: StreetFinder, name: str, expected: list[tuple[int, float]]
) -> None:
    found = streets.within(name, range(len(NAMES)))
    assert [(candidate.street, candidate.distance) for candidate in found] == expected
    assert all(candidate.is_sure for candidate in found)
    assert streets.within(name, []) == []


@pytest.mark.parametrize(
    ("length", "typos"), [(0, 0), (4, 0), (5, 1), (8, 1), (9, 2), (15, 2), (16, 3), (40, 3)]
)
def test_longer_names_may_hold_more_typos(length: int, typos: int) -> None:
    assert allowed_typos("x" * length) == typos


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        *((word, True) for word in ("Markt", "Burg.", "Prins", "Pr.", "16", "Sint", "St.", "Kerkstraat")),
        *((word, False) for word in ("Kerk", "van", "Clauslaan", ".", "")),
    ],
)
def test_a_word_may_begin_a_street(streets: StreetFinder, word: str, expected: bool) -> None:
    assert streets.may_begin(word) is streets.may_begin(word) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ons Dorp", "Ons Dorp"),
        ("in Ons Dorp en Andersdorp", "Ons Dorp"),
        ("Andersdorp, ons dorp", "Andersdorp"),
        ("x ons dorp y", "ons dorp"),
        ("Ons", ""),
        ("Dorp", ""),
        ("", ""),
    ],
)
def test_the_first_town_in_a_text_is_named_as_it_is_written(
    streets: StreetFinder, text: str, expected: str
) -> None:
    assert streets.town_in(text) == expected


def test_names_prepared_together_are_found_as_one_by_one(
    streets: StreetFinder, town: AddressRegister
) -> None:
    names = ["Kerkstraatt", "Dorpswegg", "Fabrikslan", "Markt", "Xyz"]
    streets.prepare(names)
    streets.prepare(names)
    alone = StreetFinder(town.index)
    assert [streets.similar(name) for name in names] == [alone.similar(name) for name in names]
