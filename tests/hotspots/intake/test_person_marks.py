"""Marks are looked for only where a text has what they begin with, and found as if everywhere was looked."""

from dataclasses import replace
from pathlib import Path

from hotspots.intake.dwelling_marks import MARKS_OF_DWELLINGS
from hotspots.intake.marks import Mark
from hotspots.intake.person_marks import MARKS, MARKS_IN_ADDRESSES
from hotspots.intake.plain_spelling import AsRead

HERE = Path(__file__).parent
EVERY_MARK = (*MARKS, *MARKS_OF_DWELLINGS, *MARKS_IN_ADDRESSES)


def sentences() -> list[str]:
    """The sentences of the corpora: as written, in small letters, in capitals, a third each; all made up."""
    files = ("marked_sentences.tsv", "innocent_sentences.txt")
    lines = [line for file in files for line in (HERE / file).read_text(encoding="utf-8").splitlines()]
    written = [line.split("\t")[0] for line in lines]
    return [*written[::3], *map(str.lower, written[1::3]), *map(str.upper, written[2::3])]


def without_quick_looks(mark: Mark) -> Mark:
    return replace(mark, needs=None, words=(), begins=(), cues=frozenset(), figures=0, around="")


def test_a_mark_is_found_as_if_it_was_looked_for_in_the_whole_text() -> None:
    slow = [(mark, without_quick_looks(mark)) for mark in EVERY_MARK]
    for text in map(AsRead, sentences()):
        for mark, anywhere in slow:
            assert mark.take_out(text).written == anywhere.take_out(text).written, mark.pattern.pattern


def test_a_text_with_a_letter_that_becomes_two_in_small_letters_is_looked_through() -> None:
    (found,) = {mark.take_out(AsRead("Weißstraat: meneer Jansen")).written for mark in MARKS} - {
        "Weißstraat: meneer Jansen"
    }
    assert found == "Weißstraat: meneer [naam]"
