"""Whether a text can be the address of one mailbox."""


def is_address(text: str) -> bool:
    """Whether this can be the address of one mailbox.

    Examples
    --------
    >>> [is_address(text) for text in ("a@example.org", "a@b@example.org", "a", "a@x.org\\nBcc: b@x.org")]
    [True, False, False, False]
    """
    if (
        len(text) > 254
        or not text.isascii()
        or not text.isprintable()
        or any(sign in text for sign in ' <>,;"')
    ):
        return False
    name, at, host = text.partition("@")
    return bool(name and at and "." in host and "@" not in host)
