"""The documents on the methods say what the code does: modules, classes, trends and numbers."""

import re
from pathlib import Path

import pytest

import hotspots
from hotspots.model import Trend
from hotspots.settings import DetectionSettings, Settings, TrackingSettings
from hotspots.statistics.trends import EmergingClass

DOCUMENTS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def methods() -> str:
    return (DOCUMENTS / "methods.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page() -> str:
    return (DOCUMENTS / "zo-komt-een-plek-op-de-lijst.md").read_text(encoding="utf-8")


def test_every_module_and_setting_that_the_methods_name_exists(methods: str) -> None:
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)*)(?:\.[a-z_0-9]+)?`", methods))
    sections = [section for section in Settings().model_dump().values() if isinstance(section, dict)]
    settings = {key for section in sections for key in section}
    modules = {path.stem for path in Path(hotspots.__file__).parent.rglob("*.py")}
    packages = {path.stem for path in Path(hotspots.__file__).parent.iterdir() if path.is_dir()}
    words = {*map(str, Trend), *map(str, EmergingClass), "chains", "e_test", "is_change"}
    assert not named - settings - modules - packages - words


def test_every_emerging_class_is_defined(methods: str) -> None:
    for name in EmergingClass:
        assert f"| `{name}` |" in methods


def test_every_trend_is_explained_to_a_gebiedsteam(page: str) -> None:
    names = {"beëindigd" if trend is Trend.BEEINDIGD else str(trend) for trend in Trend}
    assert names == set(re.findall(r"^\| (\w+) \| \w", page, flags=re.MULTILINE)) - {"trend"}


def test_the_page_for_a_gebiedsteam_gives_the_numbers_of_the_rules(page: str) -> None:
    rules, tracking = DetectionSettings(), TrackingSettings()
    for sentence in (
        f"laatste **{rules.look_back_weeks} weken**",
        f"**{rules.min_reports} meldingen**",
        f"**{rules.min_days} verschillende dagen**",
        f"**{rules.min_weeks} verschillende weken**",
        f"**{rules.min_duration_days} dagen**",
        f"**{rules.min_reporters} verschillende melders**",
        f"**{rules.max_reporter_share:.0%}**",
        f"**{rules.min_ratio:g} keer**",
        f"**{rules.quiet_weeks} weken**",
        f"**{rules.burst_hours} uur**",
        f"nog geen {tracking.new_for_weeks} weken op de lijst",
        f"al {tracking.quiet_after_weeks} weken geen melding",
        f"al {tracking.end_after_weeks} weken niet meer op de lijst",
    ):
        assert sentence in page, sentence
