"""A private file is for its owner only, and there whole or not at all."""

import os
import signal
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from hotspots.files.private_files import (
    make_private_folder,
    new_private_file,
    temporary_folder,
    write_privately,
)


def test_a_file_that_others_could_read_is_for_its_owner_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "person.json"
    path.write_text("of before, and longer")
    path.chmod(0o644)
    write_privately(path, b"{}")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"{}", 0o600)


def test_a_link_goes_on_leading_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    path = tmp_path / "key"
    path.symlink_to(tmp_path / "secrets" / "key")
    write_privately(path, b"secret")
    assert path.is_symlink()
    assert (tmp_path / "secrets" / "key").read_bytes() == b"secret"


def test_a_write_that_fails_leaves_the_earlier_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "person.json"
    write_privately(path, b"first")
    monkeypatch.setattr(os, "fsync", is_full)
    with pytest.raises(OSError, match="No space"):
        write_privately(path, b"second")
    assert [(found.name, found.read_bytes()) for found in tmp_path.iterdir()] == [("person.json", b"first")]


def test_a_link_of_another_account_is_replaced_and_not_followed(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root makes a link of another account")
    kept, path = tmp_path / "kept", tmp_path / "key"
    kept.write_bytes(b"kept")
    path.symlink_to(kept)
    os.chown(path, 12345, 12345, follow_symlinks=False)
    write_privately(path, b"secret")
    assert (kept.read_bytes(), path.is_symlink(), path.read_bytes()) == (b"kept", False, b"secret")


@pytest.fixture(params=["unnamed until whole", "named"])
def is_unnamed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the file system knows files without a name."""
    is_named = request.param == "named"
    if is_named:
        monkeypatch.setattr("hotspots.files.descriptors.unnamed_file_flag", lambda: 0)
    return not is_named


@pytest.mark.usefixtures("is_unnamed")
class TestNewFile:
    """A file that is written bit by bit, where others may write too."""

    def test_it_takes_the_place_of_a_link_and_leaves_what_the_link_leads_to(self, tmp_path: Path) -> None:
        kept, path = tmp_path / "kept", tmp_path / "list.csv"
        kept.write_bytes(b"kept")
        path.symlink_to(kept)
        with new_private_file(path) as new:
            new.file.write(b"new")
        assert (kept.read_bytes(), path.is_symlink(), path.read_bytes()) == (b"kept", False, b"new")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_a_name_of_255_bytes_and_one_that_another_gave_a_part_are_written(self, tmp_path: Path) -> None:
        for name in ("w" * 251 + ".csv", "é.csv"):
            (tmp_path / f"{name}.part"[-255:]).mkdir()
            with new_private_file(tmp_path / name) as new:
                new.file.write(b"x")
            assert (tmp_path / name).read_bytes() == b"x"

    def test_a_file_that_is_not_wanted_or_fails_leaves_what_was_there(self, tmp_path: Path) -> None:
        path = tmp_path / "list.csv"
        path.write_bytes(b"earlier")
        with new_private_file(path) as new:
            new.file.write(b"x")
            new.is_wanted = False
        with suppress(KeyError), new_private_file(path) as new:
            new.file.write(b"x")
            raise KeyError
        assert [(found.name, found.read_bytes()) for found in tmp_path.iterdir()] == [
            ("list.csv", b"earlier")
        ]

    @pytest.mark.parametrize("is_there", [False, True], ids=["a first file", "an earlier one"])
    def test_of_a_killed_process_nothing_stays_when_the_next_has_written(
        self, tmp_path: Path, is_there: bool, is_unnamed: bool
    ) -> None:
        path = tmp_path / "list.csv"
        if is_there:
            path.write_bytes(b"earlier")
        if (child := os.fork()) == 0:
            with new_private_file(path) as new:
                new.file.write(b"x" * 100_000)
                new.file.flush()
                os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(child, 0)
        if is_unnamed:
            assert [found.name for found in tmp_path.iterdir()] == ["list.csv"] * is_there
        write_privately(tmp_path / "other", b"")
        assert sorted(found.name for found in tmp_path.iterdir()) == ["list.csv", "other"][not is_there :]

    def test_a_file_that_another_process_is_at_is_not_taken_for_one_that_was_left(
        self, tmp_path: Path
    ) -> None:
        with new_private_file(tmp_path / "first") as first:
            first.file.write(b"first")
            write_privately(tmp_path / "second", b"second")
        assert {found.name: found.read_bytes() for found in tmp_path.iterdir()} == {
            "first": b"first",
            "second": b"second",
        }


class TestTemporaryFolder:
    """A folder for a copy that must not stay."""

    @pytest.fixture(autouse=True)
    def root(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """The folder of temporary files."""
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        return tmp_path

    def test_it_is_for_its_owner_and_goes_with_what_is_in_it(self, root: Path) -> None:
        with temporary_folder() as folder:
            (folder / "copy").touch()
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            with temporary_folder() as other:
                assert folder != other
                assert folder.is_dir()
        assert list(root.iterdir()) == []

    def test_that_of_a_killed_process_goes_at_the_next_start_and_nothing_else_does(self, root: Path) -> None:
        if (child := os.fork()) == 0:
            with temporary_folder() as folder:
                (folder / "copy").touch()
                os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(child, 0)
        [left] = root.iterdir()
        (root / "kept").mkdir()
        (root / "kept" / "file").touch()
        (root / f"{left.name}-link").symlink_to(root / "kept", target_is_directory=True)
        (root / "hotspots-of-a-user").touch()
        os.mkfifo(root / f"{left.name}-fifo")
        with temporary_folder() as folder:
            assert not left.exists()
            assert (root / "kept" / "file").exists()
            assert (root / "hotspots-of-a-user").exists()
        assert not folder.exists()


@pytest.mark.parametrize("mask", [0o022, 0o000], ids=["022", "000"])
def test_a_folder_and_those_it_lies_in_are_made_for_their_owner(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        make_private_folder(tmp_path / "a" / "b" / "c")
        make_private_folder(tmp_path / "a" / "b" / "c")
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert modes == {0o700}
