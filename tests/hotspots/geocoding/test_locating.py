"""A table of addresses becomes a table of points; how an address is written does not matter."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from hotspots.geocoding.locating import QUERY_COLUMNS, Query, address_key, locate_addresses, query_key
from hotspots.geocoding.register import AddressRegister, Fix
from hotspots.model import Precision

Locate = Callable[..., "pd.Series[str]"]

HOUSES = [
    ("Markt", "3", "A", "", "6211AB", "Ons Dorp"),
    ("Markt", "5", "", "02", "6211AB", "Ons Dorp"),
    ("Burgemeester van der Venstraat", "8", "", "", "6212AC", "Ons Dorp"),
    ("Sint Pieterstraat", "9", "", "bis", "6212AD", "Ons Dorp"),
    ("'s-Gravenweg", "11", "", "", "6212AE", "Ons Dorp"),
    ("Curaçaoplein", "1", "", "", "6212AF", "Ons Dorp"),
    ("Plein 1992", "5", "", "", "6212AG", "Ons Dorp"),
    ("Dr. J.F. Kennedylaan", "12", "", "", "6214AB", "Andersdorp"),
]


def table(*rows: tuple[str, ...]) -> pd.DataFrame:
    """Queries of fields, without free text."""
    return pd.DataFrame([(*row, "")[:7] for row in rows], columns=QUERY_COLUMNS)


def test_every_house_of_the_register_is_found_by_all_its_fields(town: AddressRegister) -> None:
    located = locate_addresses(table(*HOUSES), town)
    assert located["precision"].tolist() == ["adres"] * len(HOUSES)
    assert located["radius_m"].tolist() == [10] * len(HOUSES)
    assert located["address_key"].tolist()[:2] == ["6211AB 3 A", "6211AB 5 02"]


@pytest.mark.parametrize("absent", ["street", "postcode", "town"])
def test_two_of_street_postcode_and_town_are_enough(town: AddressRegister, absent: str) -> None:
    located = locate_addresses(table(*HOUSES).assign(**{absent: ""}), town)
    assert_frame_equal(
        located[["lon", "lat", "precision"]],
        locate_addresses(table(*HOUSES), town)[["lon", "lat", "precision"]],
    )


def test_a_name_that_can_be_two_streets_is_no_exact_match(town: AddressRegister) -> None:
    queries = table(
        ("Pr. Clauslaan", "4", "", "", "", "Ons Dorp"), ("Pr. Clauslaan", "4", "", "", "6212AB", "")
    )
    assert locate_addresses(queries, town)["found"].tolist() == ["", "Prinses Clauslaan 4, 6212AB Ons Dorp"]


def test_the_result_has_the_index_of_the_queries_and_a_row_for_each(town: AddressRegister) -> None:
    queries = table(HOUSES[0], ("Onzinlaan", "1", "", "", "", ""), HOUSES[0]).set_index(pd.Index([7, 3, 9]))
    located = locate_addresses(queries, town)
    assert located.index.tolist() == [7, 3, 9]
    assert located["precision"].tolist() == ["adres", "geen", "adres"]
    assert located["located_by"].tolist() == ["register", "", "register"]


def test_what_is_nowhere_has_no_point_and_a_reason(locate: Locate) -> None:
    located = locate("Onzinlaan 4")
    assert located[["lon", "lat", "radius_m"]].isna().all()
    assert located["why_not_better"] == "straat 'Onzinlaan' staat niet in het register"


def test_an_empty_table_gives_an_empty_table(town: AddressRegister) -> None:
    assert locate_addresses(table(), town).empty


def test_without_a_register_it_tells_so() -> None:
    columns = ["street", "house_number", "house_letter", "house_suffix", "postcode", "town", "lon", "lat"]
    empty = pd.DataFrame({name: pd.Series(dtype="str") for name in columns})
    empty = empty.astype({"house_number": "int64", "lon": "float64", "lat": "float64"})
    located = locate_addresses(table(HOUSES[0]), AddressRegister(empty)).iloc[0]
    assert (located["precision"], located["why_not_better"]) == ("geen", "er is geen adresregister ingelezen")


@pytest.mark.parametrize(
    ("text", "found", "precision"),
    [
        pytest.param(
            "Overlast van jongeren, Markt 3a, al 4 keer gemeld",
            "Markt 3-A, 6211AB Ons Dorp",
            "adres",
            id="noise on both sides",
        ),
        pytest.param(
            "Overlast van jongeren bij Markt 3a", "nabij Markt 3-A, 6211AB Ons Dorp", "huisnummer", id="bij"
        ),
        pytest.param(
            "Groep van 8 personen op de kerkstraat 8 om 23:30 uur",
            "Kerkstraat 8, 6211AC Ons Dorp",
            "adres",
            id="counts and a time",
        ),
        pytest.param(
            "weer lawaai aan de Kerkstraatt 8, sinds 3 weken",
            "Kerkstraat 8, 6211AC Ons Dorp",
            "adres",
            id="a typo",
        ),
    ],
)
def test_an_address_in_running_text_is_found(locate: Locate, text: str, found: str, precision: str) -> None:
    located = locate(text)
    assert (located["found"], located["precision"]) == (found, precision)


def test_a_text_that_names_two_addresses_is_not_decided(locate: Locate) -> None:
    located = locate("ze lopen van Markt 1 naar Kerkstraat 8 en terug")
    assert located["precision"] == "geen"
    assert "de tekst noemt meer dan één adres" in str(located["why_not_better"])


def test_a_word_such_as_achter_in_the_field_of_a_street_may_belong_to_its_name(town: AddressRegister) -> None:
    behind = pd.DataFrame(
        [{"street": "Achter de Kerk", "house_number": 2, "postcode": "6211AZ", "town": "Ons Dorp"}]
    ).assign(house_letter="", house_suffix="", lon=5.7, lat=50.9)
    wider = AddressRegister(pd.concat([town.table, behind], ignore_index=True))
    queries = table(
        ("Achter Markt", "3", "", "", "", "Ons Dorp"),
        ("Achter de Kerkk", "2", "", "", "", "Ons Dorp"),
    )
    assert locate_addresses(queries, town)["found"].tolist() == ["nabij Markt 3, 6211AB Ons Dorp", ""]
    located = locate_addresses(queries, wider)
    assert located["precision"].tolist() == ["geen", "adres"]
    assert "'Achter Markt' kan ook een straat zijn" in located["why_not_better"].iloc[0]
    assert located["found"].iloc[1] == "Achter de Kerk 2, 6211AZ Ons Dorp"


def test_what_a_person_said_goes_before_the_register(town: AddressRegister) -> None:
    query = Query("Onzinlaan", "4", town="Ons Dorp")
    fix = Fix(5.7, 50.9, Precision.HUISNUMMER, 25, "", "met de hand aangewezen")
    corrected = replace(town, fixes={query_key(query): fix})
    as_written = ("onzinlaan ", "4", "", "", "", "Ons  Dorp", "")
    located = locate_addresses(table(as_written, HOUSES[0]), corrected)
    assert located["located_by"].tolist() == ["hand", "register"]
    assert located.iloc[0][["lon", "lat", "radius_m", "certainty"]].tolist() == [5.7, 50.9, 25, 1]
    assert located.iloc[0]["why_not_better"] == ""


def test_keys_do_not_depend_on_how_it_is_written() -> None:
    one = Query("Curaçaoplein", "1", "A", "", "6212 AF", "Ons Dorp")
    other = Query(" CURACAOPLEIN", "1 ", "a", "", "6212af", "ons  dorp")
    assert query_key(one) == query_key(other)
    assert address_key("6211 ab", "3", "a") == "6211AB 3 A"
    assert address_key("6211AB", "") == ""


CASES = st.sampled_from([str.upper, str.lower, str.title, str.swapcase, str])
BLANKS = st.tuples(*[st.integers(0, 3)] * 12)


@given(st.sampled_from(HOUSES), st.tuples(*[CASES] * 6), BLANKS)
def test_case_and_blanks_do_not_matter(
    town: AddressRegister,
    house: tuple[str, ...],
    cases: tuple[Callable[[str], str], ...],
    blanks: tuple[int, ...],
) -> None:
    written = tuple(
        " " * blanks[2 * at] + case(field).replace(" ", " " * (1 + blanks[at])) + " " * blanks[2 * at + 1]
        for at, (field, case) in enumerate(zip(house, cases, strict=True))
    )
    located = locate_addresses(table(house, written), town)
    assert located.iloc[0]["precision"] == "adres"
    assert located.iloc[1].to_dict() == located.iloc[0].to_dict()


@given(st.sampled_from(HOUSES), st.sampled_from([(0, 1), (1, 0)]), st.booleans(), CASES)
def test_the_order_in_a_line_does_not_matter(
    town: AddressRegister,
    house: tuple[str, ...],
    order: tuple[int, ...],
    has_comma: bool,
    case: Callable[[str], str],
) -> None:
    street, number, letter, suffix, postcode, place = house
    parts = (f"{street} {number}{letter}{'-' if suffix else ''}{suffix}", f"{postcode} {place}")
    line = case((", " if has_comma else " ").join(parts[at] for at in order))
    located = locate_addresses(table(house, ("",) * 6).assign(free_text=["", line]), town)
    columns = ["lon", "lat", "precision", "address_key"]
    assert located.iloc[1][columns].to_dict() == located.iloc[0][columns].to_dict()


@settings(max_examples=20)
@given(st.permutations(HOUSES))
def test_the_order_of_columns_and_rows_does_not_matter(
    town: AddressRegister, houses: list[tuple[str, ...]]
) -> None:
    queries = table(*houses)
    queries["house_number"] += "x"  # no exact match: each goes through the slow path
    shuffled = queries[list(reversed(QUERY_COLUMNS))]
    by_row = pd.concat([locate_addresses(queries.iloc[[at]], town) for at in range(len(queries))])
    assert_frame_equal(locate_addresses(shuffled, town), by_row)


MADE_A_DATE = (
    *(
        "1-feb",
        "1-Feb",
        "2-jan",
        "Jul-20",
        "jul-20",
        "mei-12",
        "2-1-2024",
        "02-01-2023",
        "2/1/2023",
        "2-1-23",
    ),
    *("2023-01-02", "2023-01-02 00:00:00", "2023-01-02T00:00:00", "1-feb-2023", "1 feb", "12:00", "0:07:00"),
)
ROUNDED = ("1,20E+04", "1.2E+04", "1,2E+04", "1.2e+04", "1.2E4", "12E+03")


def lone_house() -> AddressRegister:
    """A register with Appelgaarde 1, 2, 7, 12 and 20, and 20 with the suffixes 1, 2, 10 and 20."""
    rows = [("Appelgaarde", number, "") for number in (1, 2, 7, 12, 20)]
    rows += [("Appelgaarde", 20, suffix) for suffix in ("1", "2", "10", "20")]
    houses = pd.DataFrame(rows, columns=["street", "house_number", "house_suffix"])
    return AddressRegister(
        houses.assign(
            house_letter="",
            postcode="9010AA",
            town="Voorbeeldstad",
            lon=[5.69 + at / 1e4 for at in range(len(rows))],
            lat=50.85,
        )
    )


@pytest.mark.parametrize("written", MADE_A_DATE + ROUNDED)
def test_what_a_spreadsheet_made_of_a_house_number_is_none(written: str) -> None:
    queries = table(
        ("Appelgaarde", written, "", "", "", "Voorbeeldstad"),
        ("Appelgaarde", written, "", "", "9010AA", "Voorbeeldstad"),
        ("", written, "", "", "9010 aa", ""),
        ("Appelgaarde", "20", "", written, "9010AA", "Voorbeeldstad"),
        ("Appelgaarde", f"t.o. {written}", "", "", "", ""),
    )
    located = locate_addresses(queries, lone_house())
    assert located["precision"].tolist() == ["straat", "postcode", "postcode", "postcode", "straat"]
    assert set(located["address_key"]) == {""}
    why = "is een getal dat een" if written in ROUNDED else r"is een (?:datum|tijd): een"
    assert located["why_not_better"].str.contains(rf"(?:huisnummer|toevoeging) '.*' {why} spreadsheet").all()
    assert address_key("9010AA", written) == address_key("9010AA", "20", "", written) == ""


@pytest.mark.parametrize("written", MADE_A_DATE + ROUNDED)
def test_nor_is_it_one_behind_the_name_of_a_street(written: str) -> None:
    queries = table(
        (f"Appelgaarde {written}", "", "", "", "", "Voorbeeldstad"),
        ("", "", "", "", "", "", f"Appelgaarde {written}, Voorbeeldstad"),
        ("", "", "", "", "", "", f"ruzie t.o. Appelgaarde {written}"),
    )
    located = locate_addresses(queries, lone_house())
    assert located["precision"].tolist() == ["straat"] * 3
    assert located["why_not_better"].iloc[:2].str.contains("spreadsheet").all()


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        (("Appelgaarde", "20.0", "", "1.0"), "20-1"),
        (("Appelgaarde", "20,0", "", "2,0"), "20-2"),
        (("Appelgaarde", "20", "", "1.00"), "20-1"),
        (("Appelgaarde", "20", "2.0", ""), "20-2"),
        (("Appelgaarde", "20", "", "10.0"), "20-10"),
        (("Appelgaarde", "20", "", "20.0", "9010AA"), "20-20"),
        (("Appelgaarde", "20.0", "", "", "9010AA"), "20"),
        (("Appelgaarde", "7.0", "", ""), "7"),
        (("Appelgaarde", "7,00", "", ""), "7"),
        (("Appelgaarde", "'7", "", ""), "7"),
        (("Appelgaarde", '="7"', "", ""), "7"),
        (("Appelgaarde", "20-1.0", "", ""), "20-1"),
        (("Appelgaarde 20.0", "", "", "1.0"), "20-1"),
        (("Appelgaarde 7.0", "", "", ""), "7"),
        (("", "7.0", "", "", "9010AA"), "7"),
        (("", "", "", "", "", "", "Appelgaarde 7.0, Voorbeeldstad"), "7"),
        (("", "", "", "", "", "", "Appelgaarde 20.0-1.0"), "20-1"),
    ],
)
def test_a_whole_number_written_as_a_decimal_is_that_number_in_every_part(
    fields: tuple[str, ...], found: str
) -> None:
    located = locate_addresses(table((*fields, *[""] * (7 - len(fields)))), lone_house()).iloc[0]
    assert located["precision"] == "adres"
    assert located["found"] == f"Appelgaarde {found}, 9010AA Voorbeeldstad"


@pytest.mark.parametrize("text", ["12E3", "12-14", "12a", "2-1", "1 t/m 7", "12 bis"])
def test_other_marks_in_a_house_number_are_no_date(text: str) -> None:
    located = locate_addresses(table(("Appelgaarde", text, "", "", "", "Voorbeeldstad")), lone_house())
    assert located["precision"].iloc[0] == "huisnummer"


def test_a_moment_beside_an_address_is_not_its_number(locate: Locate) -> None:
    assert locate("op 12-03-2024 om 22:00 ruzie Markt 3")["found"] == "Markt 3, 6211AB Ons Dorp"
    assert locate("Markt 3, 1-feb")["found"] == "Markt 3, 6211AB Ons Dorp"
