"""Mapping files: which ones ship, and what is said of wrong ones."""

from pathlib import Path

import pytest

from hotspots.errors import MappingError
from hotspots.intake.sources.mapping import load_mapping, read_mapping
from hotspots.settings import Settings, SourcesSettings, shipped


@pytest.mark.parametrize("name", sorted(path.stem for path in shipped("config/sources").glob("*.toml")))
def test_every_shipped_mapping_can_be_read_and_screens_both_categories(name: str) -> None:
    mapping = load_mapping(Settings().sources, name)
    assert {str(category) for category in mapping.categories.values.values()} >= {"personen", "drugs"}


def test_an_own_mapping_goes_before_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "melddesk.toml").write_text('[columns]\nid = "a"\nreported_at = "b"\n')
    mapping = load_mapping(SourcesSettings(folder=tmp_path), "melddesk")
    assert mapping.columns.id == "a"


@pytest.mark.parametrize("name", ["nonsense", "../melddesk", ""])
def test_an_unknown_source_is_an_error_that_names_those_there_are(name: str) -> None:
    with pytest.raises(MappingError, match=r"no mapping file for source .*melddesk.*open311.*signalen"):
        load_mapping(Settings().sources, name)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[columns", "can't read the mapping file"),
        ('[columns]\nid = "a"\n', "'columns.reported_at' is missing"),
        (
            '[columns]\nid = "a"\nreported_at = "b"\nrepoter = "c"\n',
            "'columns.repoter' does not exist; did you mean 'columns.reporter'?",
        ),
        (
            '[columns]\nid = "a"\nreported_at = "b"\n[coordinates]\ncrs = "EPSG:1"\n',
            "coordinates.crs: wanted a coordinate system",
        ),
        (
            '[columns]\nid = "a"\nreported_at = "b"\n[dates]\ntimezone = "Mars/North"\n',
            "dates.timezone: wanted a time zone",
        ),
        (
            '[columns]\nid = "a"\nreported_at = "b"\n[categories.values]\nx = "lawaai"\n',
            "categories.values.x: ",
        ),
    ],
    ids=["no TOML", "no time", "unknown key", "unknown system", "unknown zone", "unknown category"],
)
def test_a_wrong_mapping_is_refused_in_one_clear_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(MappingError) as caught:
        read_mapping(path)
    assert message in str(caught.value)
    assert "own.toml" in str(caught.value)
