"""Roles and rights in words: each has some, and they say what the table of rights says."""

import tomllib
from pathlib import Path

import hotspots.access.right_words
from hotspots.access.right_words import right_in_words, rights_in_words, role_in_words
from hotspots.access.rights import Actor, Right, Role


def test_every_role_and_right_has_words_of_its_own() -> None:
    file = Path(hotspots.access.right_words.__file__).with_suffix(".toml")
    words = tomllib.loads(file.read_text(encoding="utf-8"))
    assert set(words["roles"]) == {str(role) for role in Role}
    assert {str(right) for right in Right} <= set(words["rights"]) & set(words["english"])
    assert len({right_in_words(right) for right in Right}) == len(Right)
    assert all(role_in_words(role).endswith(".") for role in Role)


def test_they_say_what_somebody_may_where_and_what_could_be_given() -> None:
    agent = Actor("1", "A.", Role.GEBIEDSTEAM, "politie", frozenset({"Wyck", "Centrum"}))
    told = {one.words: one for one in rights_in_words(agent)}
    assert len(told) == len(Right)
    judging, texts = told[right_in_words(Right.JUDGE)], told[right_in_words(Right.READ_TEXTS)]
    assert (judging.is_held, judging.where) == (True, "in Centrum en Wyck")
    assert (texts.is_held, texts.where, texts.can_be_given) == (False, "", True)
    assert not told[right_in_words(Right.DECIDE)].is_held
    adviser = {one.words: one for one in rights_in_words(Actor("2", "O.", Role.OOV))}
    assert adviser[right_in_words(Right.DECIDE)].where == "overal"
    assert adviser[right_in_words(Right.TRY_RULES)].where == ""
