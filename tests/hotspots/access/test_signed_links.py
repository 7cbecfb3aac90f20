"""Signed links: no link can be changed, or made, without the key."""

from hotspots.access.signed_links import SigningKey

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
