"""A private file is for its owner only, and there whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from hotspots.files.private_files import write_privately


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
