"""What is done with files on a system that lacks locks, opened folders and accounts, as Windows does."""

import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from hotspots.files import descriptors
from hotspots.files.open_folders import OpenFolder, opened_if_there
from hotspots.files.private_files import (
    new_private_file,
    remove_left_behind,
    temporary_folder,
    write_privately,
)

DAY_S = 24 * 3600


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that has none of it."""
    for name in ("HAS_LOCKS", "HAS_ACCOUNTS", "OPENS_FOLDERS"):
        monkeypatch.setattr(descriptors, name, False)


@pytest.mark.usefixtures("elsewhere")
def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_privately(path, b"old\n")
    with suppress(ValueError), new_private_file(path) as new:
        new.file.write(b"new")
        raise ValueError("it went wrong halfway")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("a.csv", b"old\n")]


@pytest.mark.usefixtures("elsewhere")
def test_what_was_left_behind_goes_after_a_day(tmp_path: Path) -> None:
    with temporary_folder(beside=tmp_path / "a.csv") as in_use, temporary_folder(tmp_path / "b.csv") as left:
        (left / "copy").touch()
        then = left.stat().st_mtime - DAY_S - 1
        os.utime(left, (then, then))
        remove_left_behind(tmp_path, left.name[:10])
        assert list(tmp_path.iterdir()) == [in_use]


@pytest.mark.usefixtures("elsewhere")
def test_a_folder_is_worked_in_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "delivery.csv").write_bytes(b"1\r\n2\n")
    with opened_if_there(tmp_path) as inbox:
        assert inbox is not None
        assert inbox.descriptor is None
        with inbox.own_folder("done") as done:
            inbox.write("report", b"old\n")
            inbox.move("delivery.csv", inbox, "report")
            inbox.move_beside("report", done, "delivery.csv")
            assert done.read("delivery.csv") == b"1\r\n2\n"
            assert [name for name, _ in inbox.entries()] == ["done"]
            assert done.path_of("x") == tmp_path / "done" / "x"
            done.remove("delivery.csv")
        with inbox.new_folder("done") as again:
            assert list(again.entries()) == []
        inbox.remove_folder("done")
        assert [name for name, _ in inbox.entries()] == ["done_"]


@pytest.mark.usefixtures("elsewhere")
def test_a_link_is_no_folder_there_either(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "file").touch()
    for name in ("link", "file"):
        with pytest.raises(NotADirectoryError, match=name):
            OpenFolder.at(tmp_path / name)


def test_no_way_of_opening_changes_the_ends_of_lines_or_goes_to_a_child(tmp_path: Path) -> None:
    made = os.open(tmp_path / "a", descriptors.NEW_FILE, 0o600)
    os.write(made, b"1\n")
    os.close(made)
    added = os.open(tmp_path / "a", descriptors.ADDED_FILE)
    os.write(added, b"2\r\n")
    assert not os.get_inheritable(added)
    os.close(added)
    assert (tmp_path / "a").read_bytes() == b"1\n2\r\n"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
