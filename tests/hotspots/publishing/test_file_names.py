"""Names of files: of one area only, on every disk, and never a path."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hotspots.publishing.file_names import disposition, file_name, file_name_of_all
from hotspots.settings import MunicipalitySettings

ALIKE = (
    "Team Noord/West",
    "Team Noord-West",
    "Team Noord West",
    "Team Noord\\West",
    "team noord west",
    "TEAM NOORD WEST",
    "Team  Noord West",
    " Team Noord West",
    "Team Noord West ",
    "Team Noord West.",
    "Team Noord West...",
    "../Team Noord West",
    "Team-Noord-West",
    "Team Noord\nWest",
    "Team Noord\0West",
    "Team\u00a0Noord West",
    "Team Noord West \U0001f600",
)
OTHERS = (
    "Café",
    unicodedata.normalize("NFD", "Café"),
    "café",
    "Straße",
    "Strasse",
    "",
    ".",
    "..",
    "/",
    "\U0001f600",
    "\U0001f601",
    "CON",
    "Con",
    "nul",
    "Maastricht",
    "GM0935",
    "Gm0935",
    "Gemeente",
    "Gemeente Gm0935",
    "Gemeente GM0935",
    "Hele Gemeente",
    "x" * 400,
    "x" * 401,
    "é" * 300,
    "\U00010348" * 75,
    "\ud800",
    "Team 0123456789Ab",
)


def test_no_two_of_many_names_that_are_alike_get_one_file() -> None:
    names = [*ALIKE, *OTHERS]
    # a mark that another area has can't be had by a name
    names += [file_name(name).replace("-", " ").title() for name in names]
    names += [file_name(name).replace("-", " ") for name in names]
    names = list(dict.fromkeys(names))
    files = [file_name(name) for name in names]
    all_of_them = [file_name_of_all(MunicipalitySettings(name=name)) for name in names if name]
    together = [unicodedata.normalize("NFKC", name).casefold() for name in (*files, *all_of_them)]
    assert len(set(together)) == len(together)


@given(name=st.text(), other=st.text())
@example(name="A B", other="a b")
@example(name="K 1", other="\u212a 1")
def test_two_names_get_two_files(name: str, other: str) -> None:
    assert (file_name(name) == file_name(other)) is (name == other)


@given(name=st.text())
@example(name="\ud800")
def test_a_name_of_a_file_is_short_and_no_path_hidden_file_or_device(name: str) -> None:
    found = file_name(name)
    assert 0 < len(f".weekrapport-2023-W48-{found}.gpkg".encode()) < 150
    assert found.replace("-", "a").isalnum()
    assert not found.startswith("-")
    assert found == found.casefold() == unicodedata.normalize("NFC", found)


def test_the_whole_municipality_is_called_by_its_code_or_else_its_name() -> None:
    known = (("Maastricht", "GM0935"), ("Maastricht", ""), ("", ""))
    found = [file_name_of_all(MunicipalitySettings(name=name, code=code)) for name, code in known]
    assert found == ["gemeente-gm0935", "gemeente-maastricht", "gemeente"]


@pytest.mark.parametrize("name", ["a.pdf", f"{file_name('Één/twee')}.pdf", f"{file_name('a' * 400)}.png"])
def test_a_header_holds_no_quote_break_or_folder(name: str) -> None:
    header = disposition(name)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert "/" not in header
    assert "\\" not in header
