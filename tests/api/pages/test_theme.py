"""The colours of the pages: those of the municipality, readable in light and dark."""

import re

import pytest
from pydantic import ValidationError

from api.pages.theme import DARK_GROUND, style_variables
from hotspots.colours import contrast
from hotspots.settings import ServiceSettings


@pytest.mark.parametrize("colour", ["#154273", "#000000", "#b3261e", "#767676"])
def test_every_colour_of_words_can_be_read_in_light_and_dark(colour: str) -> None:
    light, dark = style_variables(ServiceSettings(colour=colour)).split("@media")
    for ground, text in (("#ffffff", light), (DARK_GROUND, dark)):
        found = dict(re.findall(r"--([\w-]+):(#\w{6});", text))
        assert len(found) >= 19
        for name, value in found.items():
            assert name == "accent" or contrast(value, ground) >= 4.5, name


def test_the_style_sheet_has_the_same_dark_ground() -> None:
    from api.pages.assets import read_asset

    assert f"--grond: {DARK_GROUND};" in read_asset("/static/style.css")


@pytest.mark.parametrize("colour", ["#ffb612", "#ffffff", "red", "#15427", "#154273;}body{display:none"])
def test_a_colour_that_white_text_vanishes_on_or_that_is_none_is_refused(colour: str) -> None:
    with pytest.raises(ValidationError):
        ServiceSettings(colour=colour)
