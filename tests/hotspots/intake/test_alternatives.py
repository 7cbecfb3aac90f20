"""Alternatives put together by their first letter match what they match one by one, in the same order."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.intake.alternatives import one_of

PARTS = (
    "man",
    "Man van",
    "mens?",
    "(?:over|onder)(?:buur|man)",
    "(?:wijk)?agent",
    r"m\.v",
    "is",
    "kist",
    "a?b",
)
TEXTS = st.text("manvesoruwijkgtb. MAİıKſs\u212a", max_size=12)


@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=6), TEXTS)
def test_the_first_that_matches_one_by_one_is_the_one_that_is_found(parts: list[str], text: str) -> None:
    plainly = re.compile(f"(?i:{'|'.join(parts)})").search(text)
    together = re.compile(f"(?i:{one_of(parts)})").search(text)
    assert (plainly and plainly.span()) == (together and together.span())


@pytest.mark.parametrize("text", ["overbuur", "onderman", "Wijkagent", "AGENT", "ben", "M.V", "\u212aıſt"])
def test_groups_and_letters_alike_are_found(text: str) -> None:
    assert re.fullmatch(f"(?i:{one_of(('a?ben', *PARTS))})", text)
