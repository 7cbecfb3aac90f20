"""Sealing what is kept for a short time: unreadable and not to be changed without a key from elsewhere."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken


def seal(secret: str, content: bytes) -> bytes:
    """Encrypt content with a key that is made of a secret (Fernet: AES-128-CBC with HMAC-SHA256)."""
    return _fernet(secret).encrypt(content)


def unseal(secret: str, sealed: bytes) -> bytes | None:
    """Give what was sealed with this secret; None if it was another, or something was changed.

    Examples
    --------
    >>> unseal("a", seal("a", b"text")), unseal("b", seal("a", b"text"))
    (b'text', None)
    """
    try:
        return _fernet(secret).decrypt(sealed)
    except InvalidToken:
        return None


def _fernet(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()))
