"""Names to sign in with: as they are looked up, and which look like another's."""

import unicodedata
from collections.abc import Iterable
from functools import cache

from hotspots.errors import AccountError, AccountProblem

MAX_NAME = 120

_ALIKE = (("rn", "m"), ("vv", "w"), ("i", "l"))
"""Letters that look like others together, or as a capital; the table of single ones is that of UTS 39."""


def login_name(name: str) -> str:
    """The name of an account as it is looked up: without blanks about it, in small letters.

    Raises
    ------
    AccountError
        If it can be no name of an account here.
    """
    login = unicodedata.normalize("NFC", name).strip().casefold()
    if not 0 < len(login) <= MAX_NAME or login.startswith("oidc:"):
        raise AccountError(
            f"wanted a name of 1 to {MAX_NAME} characters, found '{name[:130]}'", AccountProblem.NAME_LENGTH
        )
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in login):  # no database takes these
        raise AccountError(
            f"wanted a name of signs that show, found {name[:130]!a}", AccountProblem.NAME_UNUSUAL
        )
    return login


def new_login_name(name: str, taken: Iterable[str]) -> str:
    """The name of a new account: of signs that show (PRECIS, RFC 8265), and not alike another's.

    Raises
    ------
    AccountError
        If it has hidden or unusual signs, or is easily taken for one of those taken.
    """
    from precis_i18n import get_profile

    login = login_name(name)
    profile = get_profile("UsernameCaseMapped")
    try:
        is_plain = all(profile.enforce(word) == word for word in login.split(" "))
    except UnicodeEncodeError:
        is_plain = False
    if not is_plain:
        raise AccountError(
            f"wanted a name of letters, digits and signs that show, found {name[:130]!a}",
            AccountProblem.NAME_UNUSUAL,
        )
    look = look_of(login)
    alike = next((other for other in taken if look_of(other) == look), None)
    if alike is not None:
        raise AccountError(
            f"there is an account '{alike}' already, which '{login}' looks like: choose another name",
            AccountProblem.NAME_TAKEN,
        )
    return login


def look_of(login: str) -> str:
    """What a name looks like: the same for names that are easily taken for each other.

    Examples
    --------
    >>> {look_of(name) for name in ("oov", "0ov", "o.o.v", "\u043e\u043ev", "\u00f6ov", "o\u03bfv")}
    {'oov'}
    """
    plain = unicodedata.normalize("NFKD", login).casefold()
    look = "".join(_letter_like(sign) for sign in plain if unicodedata.category(sign)[0] in "LN")
    for several, one in _ALIKE:
        look = look.replace(several, one)
    return look or login


@cache
def _letter_like(sign: str) -> str:
    from confusable_homoglyphs import confusables

    if sign.isascii() and sign.isalpha():
        return sign
    for found in confusables.is_confusable(sign, greedy=True) or []:
        for other in found["homoglyphs"]:
            if len(other["c"]) == 1 and other["c"].isascii() and other["c"].isalpha():
                return str(other["c"].casefold())
    return sign
