"""Tests of the form by which a file becomes a source."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from api.admin import mapping_form
from api.admin.mapping_form import asked_categories, counting
from hotspots.intake.sources.proposing import propose
from hotspots.intake.sources.sampling import Sample, count_values, take_sample
from hotspots.settings import ReadingSettings

LIMITS = ReadingSettings()


def test_a_large_file_is_counted_once_for_the_proposal_and_its_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "meldingen.csv"
    path.write_text("nr;datum;categorie\n1;2023-03-14;Drugs\n2;2023-03-15;Afval\n")
    sample = take_sample(path, limits=LIMITS)
    read = []

    def noted(
        path: Path, sample: Sample, columns: Sequence[str], *, limits: ReadingSettings
    ) -> Counter[tuple[str, ...]]:
        read.append(tuple(columns))
        return count_values(path, sample, columns, limits=limits)

    monkeypatch.setattr(mapping_form, "count_values", noted)
    counted = counting(path, sample, limits=LIMITS)
    mapping = propose(sample, crs="EPSG:28992").mapping
    first, second = (asked_categories(counted, mapping) for _ in range(2))
    assert [one.key for one in first[0]] == ["Afval", "Drugs"]
    assert first == second
    assert read == [("categorie",)]
