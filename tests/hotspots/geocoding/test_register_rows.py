"""A register that is read at once is read as row by row."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.geocoding import register_rows
from hotspots.geocoding.register_rows import RegisterRows, read_rows

pytestmark = pytest.mark.usefixtures("files_read_here")

NAMES = {"street": ("straat",), "number": ("nr",), "town": ("plaats",)}
HEADER = "straat;nr;plaats"


def both(path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[RegisterRows, RegisterRows]:
    """Read at once where that can be, and row by row."""
    quick = read_rows(path, NAMES)
    with monkeypatch.context() as patch:
        patch.setattr(register_rows, "_plain_delimiter", lambda *_: None)
        return quick, read_rows(path, NAMES)


def assert_same(one: RegisterRows, other: RegisterRows) -> None:
    assert one.cells.to_dict("index") == other.cells.to_dict("index")
    assert (one.broken, one.notes) == (other.broken, other.notes)


@pytest.mark.parametrize(
    "text",
    [
        "Markt;1;A\nKade;2;B\n",
        "Markt;1;A\nKade;2;B",
        "Markt;1;A\r\nKade;2;B\r\n",
        "Markt;1;A\n\nKade;2;B\n",
        "Markt;1;A\n;;\nKade;2;B\n",
        "Markt;1;A\n; ; \nKade;2;B\n",
        "Markt;1\nKade;2;B;C\n",
        "Markt;1;A;B;C\nKade;2;B\n",
        'Markt;1;"A\nB"\nKade;2;B\n',
        'Markt;1;A"\nKade;2;B\n',
        " Markt ; 1 ;A\nKade;NA;null\n",
        "Markt;1;A\rKade;2;B\r",
        "\n",
        "",
    ],
)
def test_forms_of_lines_are_read_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"{HEADER}\n{text}".encode())
    assert_same(*both(path, monkeypatch))


@settings(max_examples=150, deadline=None)
@given(text=st.text(alphabet='a1é ;"\n\r,', max_size=60))
def test_whatever_stands_in_it_is_read_alike(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("register") / "a.csv"
    path.write_bytes(f"{HEADER}\n{text}".encode())
    with pytest.MonkeyPatch.context() as patch:
        assert_same(*both(path, patch))


def test_lines_longer_than_what_is_read_at_once_are_counted_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register_rows, "CHUNK_BYTES", 7)
    path = tmp_path / "a.csv"
    path.write_bytes(f"{HEADER}\r\n{'Langestraatweg' * 3};1;A\r\nKade;2;B\r\n".encode())
    quick, slow = both(path, monkeypatch)
    assert_same(quick, slow)
    assert len(quick.cells) == 2
