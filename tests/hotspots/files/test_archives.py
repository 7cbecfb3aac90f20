"""What is packed comes out as far as its size makes likely, and no further."""

import gzip
from pathlib import Path

import pytest

from hotspots.errors import AddressesError, UnreadableFileError
from hotspots.files.archives import ALWAYS_UNPACKED_BYTES, opened_gzip, opened_zip
from hotspots.geocoding.address_file import read_address_file
from tests import hostile_files
from tests.hostile_files import Builder


@pytest.mark.parametrize(
    "build", [pytest.param(build, id=name) for name, build in hostile_files.GZIP.items()]
)
def test_a_register_that_is_made_to_unpack_for_ever_is_refused(tmp_path: Path, build: Builder) -> None:
    path = build(tmp_path)
    with pytest.raises(AddressesError, match=path.name):
        read_address_file(path)


def test_what_comes_out_of_a_gzip_is_limited_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"x" * (ALWAYS_UNPACKED_BYTES + 1)))
    with opened_gzip(path, max_times=10) as packed, pytest.raises(UnreadableFileError, match="than 20 MB"):
        packed.read()
    path.write_bytes(gzip.compress(b"x" * ALWAYS_UNPACKED_BYTES))
    with opened_gzip(path, max_times=10) as packed:
        assert len(packed.read()) == ALWAYS_UNPACKED_BYTES


def test_a_zip_that_is_opened_for_its_names_is_not_measured(tmp_path: Path) -> None:
    path = hostile_files.ZIP["one line millions of times"](tmp_path)
    with opened_zip(path) as archive:
        assert archive.namelist() == ["meldingen.csv"]
    with pytest.raises(UnreadableFileError, match="unpacks to more"), opened_zip(path, max_times=100):
        pass
