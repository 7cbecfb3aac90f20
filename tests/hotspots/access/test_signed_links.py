"""Signed links: no link can be changed, or made, without the key."""

from pathlib import Path

import pytest

from hotspots.access.signed_links import SigningKey, load_signing_key, require_signing_key
from hotspots.errors import StoreError
from hotspots.settings import ServiceSettings

KEY = SigningKey(b"k" * 32)
MADE_BEFORE = "7.ff.EOcdJLUYGMIE16sLhhfkQoBSypAwb1Jpy2KOf_aiauw"
"""Signed before itsdangerous did it, when the text was put together by hand."""


def test_a_link_gives_back_what_was_signed() -> None:
    assert KEY.read("map", KEY.sign("map", "7", "ff")) == ("7", "ff")


def test_a_link_that_was_mailed_earlier_holds() -> None:
    assert KEY.sign("map", "7", "ff") == MADE_BEFORE


def test_a_link_with_any_sign_changed_is_none_of_ours() -> None:
    token = KEY.sign("map", "7", "ff")
    for place, sign in enumerate(token):
        other = "A" if sign != "A" else "B"
        assert KEY.read("map", token[:place] + other + token[place + 1 :]) is None


def test_a_link_holds_for_its_own_purpose_and_key_only() -> None:
    token = KEY.sign("map", "7", "ff")
    assert KEY.read("mail", token) is None
    assert SigningKey(b"j" * 32).read("map", token) is None
    assert [KEY.read("map", text) for text in ("", ".", "x", "é.é")] == [None] * 4


@pytest.mark.parametrize("written", [b"", b"   \n", b"short", b"k" * 64, b"abcdefgh" * 4])
def test_a_weak_key_is_refused_at_the_start_and_when_used(tmp_path: Path, written: bytes) -> None:
    settings = ServiceSettings(signing_key_file=tmp_path / "signing.key")
    settings.signing_key_file.write_bytes(written)
    for use in (require_signing_key, load_signing_key):
        with pytest.raises(
            StoreError, match=r"wanted a key of signed links in .* of 32 random bytes or more"
        ):
            use(settings)


def test_a_key_that_is_not_made_yet_will_be_strong(tmp_path: Path) -> None:
    settings = ServiceSettings(signing_key_file=tmp_path / "signing.key")
    require_signing_key(settings)
    assert not settings.signing_key_file.exists()
    load_signing_key(settings)
    require_signing_key(settings)
