"""Arrays that are kept: given back as they were, made anew when a file is not whole, for their owner only."""

from pathlib import Path

import numpy as np
import pytest

from hotspots.files.kept_arrays import KeptArrays, kept, read_arrays, write_arrays

CONTENT = KeptArrays(
    {"key": np.arange(5), "x": np.linspace(0, 1, 5), "none": np.zeros((0, 2)), "pairs": np.eye(2)},
    {"cell_m": 50.0, "rows": [1, 2]},
)


def same(found: KeptArrays | None) -> bool:
    return (
        found is not None
        and found.facts == CONTENT.facts
        and all(np.array_equal(found.arrays[name], values) for name, values in CONTENT.arrays.items())
    )


def test_arrays_are_made_once_and_given_back_as_they_were(tmp_path: Path) -> None:
    made: list[int] = []

    def make() -> KeptArrays:
        made.append(1)
        return CONTENT

    folder = tmp_path / "register"
    assert same(kept(folder, "a-", "1", make))
    assert same(kept(folder, "a-", "1", make))
    assert made == [1]
    assert folder.stat().st_mode & 0o77 == 0
    assert (folder / "a-1.arrays").stat().st_mode & 0o77 == 0


def test_what_was_made_of_something_else_is_removed_and_that_of_others_stays(tmp_path: Path) -> None:
    for prefix, name in (("a-", "1"), ("b-", "1"), ("a-", "2")):
        kept(tmp_path, prefix, name, lambda: CONTENT)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-2.arrays", "b-1.arrays"]


@pytest.mark.parametrize(
    "left",
    [0, 5, 25, 60, -1],
    ids=["empty", "a part of its first line", "no size", "no facts", "one byte too few"],
)
def test_a_file_that_is_not_whole_is_made_anew(tmp_path: Path, left: int) -> None:
    path = tmp_path / "a-1.arrays"
    write_arrays(path, CONTENT)
    whole = path.read_bytes()
    path.write_bytes(whole[:left])
    assert read_arrays(path) is None
    assert same(kept(tmp_path, "a-", "1", lambda: CONTENT))
    assert path.read_bytes() == whole


def test_where_nothing_can_be_written_arrays_are_made_each_time(tmp_path: Path) -> None:
    in_the_way = tmp_path / "register"
    in_the_way.write_text("no folder")
    assert same(kept(in_the_way, "a-", "1", lambda: CONTENT))
