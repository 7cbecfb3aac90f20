"""A text is read in plain spelling, and its words are those that it has."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.intake.plain_spelling import AsRead

LETTERS = "".join(map(chr, range(0x250))) + "’“”–…€ıİſßµ½²ªˆşğ\u212a\u0301"


@settings(max_examples=150)
@given(st.text(LETTERS + " abc'-.", max_size=30))
def test_words_are_the_runs_of_letters_in_small_letters(text: str) -> None:
    read = AsRead(text)
    assert read.words == re.findall(r"[^\W\d_]+", read.plain.casefold())


def test_words_of_a_word_processor_are_read_as_others() -> None:
    assert AsRead("Zo’n “Café” – één… ÉÉN€").words == ["zo", "n", "café", "één", "één"]
