"""What a form of a page carries: that it is of our own page, whose and which page, and that it is one.

It is the CSRF token of the session, which begins with random bytes that no other form has: these say that a
form that comes twice is one. Behind it stands for whom the page was made, so that what was typed in a session
that has ended is given back to nobody else; and the address of the page. All of it is signed.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Self

from hotspots.access.passwords import CSRF_LENGTH, csrf_token
from hotspots.access.signed_links import SigningKey

PURPOSE = "a form of a page"

_MASK, _WHOSE, _CODE = 64, 32, 64
MAX_PAGE = 500
"""The longest address that a form remembers; of a longer one it leaves the question out."""


@dataclass(frozen=True)
class FormToken:
    """What the token of a form says."""

    mask: str  # which form it is
    whose: str  # who it was made for, which only who knows the id can tell
    page: str  # where it stands

    @classmethod
    def read(cls, key: SigningKey, text: str) -> Self | None:
        """Read a token; None if it is not one of ours."""
        parts, code, page = text[: CSRF_LENGTH + _WHOSE], text[CSRF_LENGTH + _WHOSE :][:_CODE], ""
        rest = text[CSRF_LENGTH + _WHOSE + _CODE :]
        try:
            page = bytes.fromhex(rest).decode()
        except ValueError:
            return None
        if not text.isascii() or not hmac.compare_digest(key.code(PURPOSE, parts, rest), code):
            return None
        return cls(parts[:_MASK], parts[CSRF_LENGTH:], page)

    def is_of(self, actor_id: str) -> bool:
        """Whether the form was made for this person."""
        return hmac.compare_digest(self.whose, _whose(self.mask, actor_id))


def make_form_token(
    key: SigningKey, session: str, *, actor_id: str, page: str, mask: str | None = None
) -> str:
    """Make the token of a form, as hexadecimal digits.

    Parameters
    ----------
    page
        The address of the page on this service, with its question.
    mask
        Of a form that is shown again: it stays the same one.
    """
    csrf = csrf_token(session, None if mask is None else bytes.fromhex(mask))
    parts = csrf + _whose(csrf[:_MASK], actor_id)
    rest = (page if len(page) <= MAX_PAGE else page.partition("?")[0][:MAX_PAGE]).encode().hex()
    return parts + key.code(PURPOSE, parts, rest) + rest


def _whose(mask: str, actor_id: str) -> str:
    return hashlib.sha256(f"{mask} {actor_id}".encode()).hexdigest()[:_WHOSE]
