"""Every sentence on pages, in mails and in reports is plain Dutch: no difficult words, no words of code."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.sentences import Sentence, collect_sentences, html_texts, python_texts, typst_texts

_WORDS: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / "difficult_words.toml").read_text(encoding="utf-8")
)
_BETTER: dict[str, str] = _WORDS["difficult"] | _WORDS["code"]
_ENGLISH = frozenset(_WORDS["english"]["words"])
_WORD = re.compile(r"[^\W\d_]+(?:[-_.][^\W_]+)*")
_SNAKE_CASE = re.compile(r"\b[a-z]+_[a-z_]+\b")
_CAMEL_CASE = re.compile(r"\b[a-z]+[A-Z][a-z]+\w*\b")


def hard_words(text: str) -> set[str]:
    """The words of a text that a reader of plain Dutch may not know, and words of code."""
    words = {word.casefold() for word in _WORD.findall(text)}
    code = {word.casefold() for word in (*_SNAKE_CASE.findall(text), *_CAMEL_CASE.findall(text))}
    return (words & _BETTER.keys()) | code


def english_words(text: str) -> set[str]:
    """The words of a text that are English, or what the code calls a job or an outcome."""
    return {word.casefold() for word in _WORD.findall(text)} & _ENGLISH


@pytest.fixture(scope="module")
def sentences() -> list[Sentence]:
    return collect_sentences()


def test_every_sentence_is_plain(sentences: list[Sentence]) -> None:
    allowed = {(entry["file"], word) for entry in _WORDS["exceptions"] for word in entry["words"]}
    hard = {
        f"{sentence.file}: '{word}' (write: {_BETTER.get(word, 'a Dutch word')}) in: {sentence.text}"
        for sentence in sentences
        for word in hard_words(sentence.text)
        if (sentence.file, word) not in allowed
    }
    assert sorted(hard) == []


def test_every_exception_is_still_needed_and_says_why(sentences: list[Sentence]) -> None:
    found = {(sentence.file, word) for sentence in sentences for word in hard_words(sentence.text)}
    for entry in _WORDS["exceptions"]:
        assert entry["reason"]
        assert {(entry["file"], word) for word in entry["words"]} <= found, entry


def test_the_sentences_of_pages_mails_and_reports_are_found(sentences: list[Sentence]) -> None:
    texts = {sentence.text for sentence in sentences}
    assert {
        "De software stelt voor, mensen besluiten. Een plek op de lijst is een signaal, geen oordeel.",
        "Het worden de laatste weken meer meldingen.",
        "Deze mail bevat geen gegevens uit het rapport.",
        "Het weekrapport van … staat klaar.",
        "Wat wordt van wie gevraagd",
        "Wacht op uw oordeel",
        "…; verwacht was hooguit ….",
    } <= texts
    assert len(sentences) > 1000


def test_texts_are_read_from_templates_and_code_as_people_see_them() -> None:
    assert list(
        html_texts('<p title="Eén twee">{# not #}{% if a_b %}Drie {{ "vier vijf" if x }}{% endif %}</p>')
    ) == [
        "vier vijf",
        "Eén twee",
        "Drie …",
    ]
    assert list(typst_texts("== Kop twee\n#block[Een tekst.]\n#let x = 1")) == ["Kop twee", "Een tekst."]
    source = """'Doc of it.'
raise ValueError('wanted the one')
x: 'a | b' = f'Er zijn {n} plekken'
y = 'Een zin.'"""
    assert list(python_texts(source)) == ["Er zijn … plekken", "Een zin."]


@pytest.mark.parametrize(
    "text", ["De p-waarde is laag", "Significant meer", "None plekken", "is_listed", "aantalDagen"]
)
def test_hard_words_are_noticed_in_any_case_and_whole(text: str) -> None:
    assert len(hard_words(text)) == 1
    assert hard_words("een scoreformulier over de thesis, een cluster-achtig ding") == set()
