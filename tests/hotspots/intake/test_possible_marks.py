"""What a quick look at a text holds back would not have been found."""

import re
from pathlib import Path

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.intake.dwelling_marks import MARKS_OF_DWELLINGS
from hotspots.intake.marks import Mark
from hotspots.intake.person_marks import MARKS, MARKS_IN_ADDRESSES
from hotspots.intake.plain_spelling import AsRead
from hotspots.intake.possible_marks import PossibleMarks, widened
from tests.hotspots.intake.test_hostile_texts import EVERYTHING, FRAGMENTS, PARTS

ALL_MARKS = (*MARKS, *MARKS_IN_ADDRESSES, *MARKS_OF_DWELLINGS)
POSSIBLE = PossibleMarks(ALL_MARKS)
MARKED = [
    line.split("\t")[0]
    for line in Path(__file__).with_name("marked_sentences.tsv").read_text(encoding="utf-8").splitlines()
]


def held_back_wrongly(written: str) -> list[str]:
    """The marks that are in a text, and that a quick look did not see."""
    text = AsRead(written)
    seen = POSSIBLE.among(text)
    return [mark.name for mark in ALL_MARKS if mark not in seen and mark.take_out(text) is not text]


def test_no_mark_of_any_sentence_is_held_back() -> None:
    texts = [*MARKED, *(f"Gisteren. {one} En nu weer" for one in MARKED[::5])]
    assert [text for text in texts if held_back_wrongly(text)] == []


@settings(max_examples=150)
@given(st.lists(st.sampled_from([*FRAGMENTS, *PARTS, *MARKED[::20]]) | EVERYTHING, max_size=8).map("".join))
def test_no_mark_of_any_text_is_held_back(text: str) -> None:
    assert held_back_wrongly(text) == []


def test_most_marks_of_an_innocent_text_are_held_back() -> None:
    assert POSSIBLE.among(AsRead("Elke avond staan er auto's, ze rijden af en aan.")) == frozenset()


@pytest.mark.parametrize("text", ["İ", "bel mıj"])
def test_of_letters_that_only_python_reads_as_another_all_marks_are_looked_for(text: str) -> None:
    assert POSSIBLE.among(AsRead(text)) == frozenset(ALL_MARKS)


def test_when_the_look_fails_for_want_of_memory_all_marks_are_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failing = PossibleMarks(MARKS)
    monkeypatch.setattr(failing, "_expressions", re2.Set.SearchSet())  # finds nothing, not even the empty one
    failing._expressions.Add("never")
    failing._expressions.Compile()
    assert failing.among(AsRead("Elke avond")) == frozenset(MARKS)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (r"(?<!\w)tel(?:nr)?(?!x)\b", "mijn tel is"),
        (r"\w{2,4}é$", "café"),
        (r"([ .-])\d\1\d", "-1-2"),
        (r"(?=.*z)[^\s)]++", "abz"),
        (r"\d\s\d", "1\u00a02"),
        (r"(?i:straße) \d+", "STRASSE of Straße ١"),
    ],
)
def test_an_expression_is_widened_never_narrowed(expression: str, text: str) -> None:
    assert re.search(expression, text)
    assert re2.search(widened(expression), text)


def test_a_mark_is_another_than_one_that_is_written_the_same() -> None:
    assert Mark("a", re.compile("a")) != Mark("a", re.compile("a"))
