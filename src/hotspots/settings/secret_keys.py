"""When a key is too weak to keep anything secret: nobody may find it by trying."""

MIN_KEY_BYTES = 32
MIN_TRIAL_BYTES = 9
"""A word in a settings file may be a key while something is tried out by hand; one of a few letters not."""

MIN_DISTINCT = 8
"""32 random bytes, also when written as digits, have more different ones than this but once in 10^9 times."""

HOW_TO_MAKE = "make one with: python3 -c 'import secrets; print(secrets.token_hex(32))'"


def weakness_of(key: bytes) -> str | None:
    """What makes a key weak, as the end of "wanted …, found …"; None if it may be random and is long enough.

    Examples
    --------
    >>> weakness_of(b""), weakness_of(b"secret"), weakness_of(b"0" * 64), weakness_of(b"abcdefgh" * 4)
    ('nothing', '6 bytes', '1 different bytes', 'the same 8 bytes again and again')
    >>> weakness_of(b"8f1f0b2e64c94a1d9d7c53e0a6b4f7a2")
    """
    if not key.strip():
        return "nothing"
    if len(key) < MIN_KEY_BYTES:
        return f"{len(key)} bytes"
    if len(set(key)) < MIN_DISTINCT:
        return f"{len(set(key))} different bytes"
    period = (key + key).find(key, 1)
    return f"the same {period} bytes again and again" if period < len(key) else None


def require_key(key: bytes, *, what: str) -> None:
    """Refuse a weak key; ``what`` says which it is and where it stands.

    Raises
    ------
    ValueError
        If it is weak, without telling it.
    """
    weakness = weakness_of(key)
    if weakness is not None:
        raise ValueError(
            f"wanted {what} of {MIN_KEY_BYTES} random bytes or more, found {weakness}: {HOW_TO_MAKE}"
        )


def lines_of(keys: str | bytes) -> list[bytes]:
    """The keys of a rotation, one a line, without blanks about them."""
    written = keys.encode() if isinstance(keys, str) else keys
    return [line.strip() for line in written.splitlines() if line.strip()]


def strongest_of(keys: list[bytes]) -> bytes:
    """The key that protects what was hashed with each in turn; nothing if there is none."""
    return next((key for key in reversed(keys) if weakness_of(key) is None), keys[-1] if keys else b"")
