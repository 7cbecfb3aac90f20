"""What the words of reports suggest, and that a negated word suggests nothing."""

from pathlib import Path
from typing import Any

import pytest

from hotspots.detection import indication
from hotspots.detection.indication import (
    Indication,
    Indicators,
    indication_of,
    read_indicators,
    shipped_indicators,
)
from hotspots.errors import SettingsError
from hotspots.model import Indicatie
from hotspots.settings import DetectionSettings

RULES = DetectionSettings()
WORDS = shipped_indicators(RULES)


def suggested(texts: list[str], words: Indicators = WORDS, **shares: Any) -> Indication:
    """What these texts suggest, by the default settings."""
    return indication_of(texts, words, RULES, **shares)


@pytest.mark.parametrize(
    ("text", "themes"),
    [
        ("Er wordt weer gedeald op het plein.", {"veiligheid: dealen"}),
        ("De bewoner BEDREIGT de buren", {"veiligheid: dreigen"}),
        ("Wij worden geïntimideerd", {"veiligheid: dreigen"}),
        ("wij worden geintimideerd", {"veiligheid: dreigen"}),
        ("Ik zag een vuurwapen", {"veiligheid: wapens"}),
        ("Ruiten ingegooid", {"veiligheid: vernieling"}),
        ("Harde muziek tot laat", {"leefbaarheid: geluid"}),
        ("Voetballende jeugd", {"leefbaarheid: spelen", "leefbaarheid: samen"}),
        ("Blikjes en troep op straat", {"leefbaarheid: afval"}),
        ("Zij vallen bewoners lastig", {"veiligheid: dreigen"}),
        ("Ze zijn niet agressief.", set()),
        ("Er was geen mes of vuurwapen", set()),
        ("Geen bedreiging, wel harde muziek", {"leefbaarheid: geluid"}),
        ("Niet mooi. Er wordt gedeald", {"veiligheid: dealen"}),
        ("Een vechtaprtij op de hoek", {"veiligheid: geweld"}),
        ("Geluidsovelrast", {"leefbaarheid: geluid"}),
        ("De mensen hier zijn moe", set()),
        ("", set()),
    ],
)
def test_a_text_has_the_themes_that_it_speaks_of(text: str, themes: set[str]) -> None:
    assert set(suggested([text]).hits) == themes


@pytest.mark.parametrize("text", ["De mensen slapen slecht", "Lantaarn kapot", "Overlast bij de bushalte"])
def test_ordinary_words_point_at_no_danger(text: str) -> None:
    assert not any(hit.startswith("veiligheid") for hit in suggested([text]).hits)


def test_dealing_is_a_safety_question_and_music_is_not() -> None:
    assert suggested(["gedeald", "drugshandel", "muziek"]).indicatie is Indicatie.VEILIGHEID
    assert suggested(["muziek", "voetbal", "gedeald"]).indicatie is Indicatie.LEEFBAARHEID


def test_without_hits_nothing_is_suggested_whatever_the_category() -> None:
    found = suggested(["Weer overlast", ""], drugs_share=1.0, night_share=1.0, is_woning=True)
    assert found.indicatie is Indicatie.ONBEPAALD
    assert found.certainty == 0
    assert suggested([]).indicatie is Indicatie.ONBEPAALD


def test_where_both_sides_are_named_as_often_nothing_is_suggested() -> None:
    found = suggested(["gedeald", "voetbal"])
    assert found.indicatie is Indicatie.ONBEPAALD
    assert found.hits == {"veiligheid: dealen": 1, "leefbaarheid: spelen": 1}


def test_the_category_and_the_hour_tip_the_balance() -> None:
    texts = ["gedeald", "voetbal"]
    assert suggested(texts, drugs_share=1.0).indicatie is Indicatie.VEILIGHEID
    assert suggested(texts, night_share=1.0, is_woning=True).indicatie is Indicatie.VEILIGHEID


def test_who_and_where_weigh_less_than_what_happened() -> None:
    assert suggested(["jeugd hangt rond, er wordt gedeald"]).indicatie is Indicatie.VEILIGHEID
    assert suggested(["hangjongeren", "hangjongeren", "steekpartij"]).indicatie is (Indicatie.VEILIGHEID)


def test_the_order_of_texts_decides_nothing() -> None:
    texts = ["gedeald", "voetbal", "herrie", "bedreigd en bang", "geen mes"]
    assert suggested(texts) == suggested(texts[::-1])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[veiligheid]\ndealen = ['deal*']\n", "wanted the tables"),
        ("[veiligheid\n", "can't read the indicators"),
        ("weak = ['x']\n[veiligheid]\na = ['b']\n[leefbaarheid]\nc = ['d']\n", "found 'x'"),
    ],
    ids=["a table is absent", "no TOML", "a weak theme that does not exist"],
)
def test_a_wrong_file_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "indicators.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=message):
        read_indicators(path, RULES)


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="can't read the indicators"):
        read_indicators(tmp_path / "none.toml", RULES)


def test_own_words_count_too(tmp_path: Path) -> None:
    path = tmp_path / "indicators.toml"
    path.write_text("[veiligheid]\nlanden = ['smokkel*']\n[leefbaarheid]\nwater = ['plas in']\n", "utf-8")
    words = read_indicators(path, RULES)
    assert suggested(["smokkelaars"], words).hits == {"veiligheid: landen": 1}
    assert suggested(["een plas  in de straat"], words).hits == {"leefbaarheid: water": 1}


def test_words_are_found_again_when_too_many_were_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indication, "MOST_WORDS", 2)
    texts = ["Weer gedeald bij nummer 1", "Weer gedeald bij nummer 2", "Niets bij nummer 3"]
    lists = Indicators({(Indicatie.VEILIGHEID, "handel"): ["gedeald"]}, [], [], DetectionSettings())
    assert [len(lists.themes_in(text)) for text in texts * 2] == [1, 1, 0] * 2
