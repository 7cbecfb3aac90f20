"""Which stored reports a file told already."""

import zlib


class SeenReports:
    """Which stored reports came by in a file already, one bit for each: a file may have millions."""

    def __init__(self, packed: bytes = b"") -> None:
        self._bits = bytearray(zlib.decompress(packed) if packed else b"")

    def add(self, report_id: int) -> None:
        """Remember a report."""
        byte, bit = divmod(report_id, 8)
        if byte >= len(self._bits):
            self._bits.extend(bytes(byte - len(self._bits) + 1))
        self._bits[byte] |= 1 << bit

    def __contains__(self, report_id: int) -> bool:
        """Whether it came by.

        Examples
        --------
        >>> seen = SeenReports()
        >>> seen.add(9)
        >>> 9 in seen, 8 in seen, 90 in seen
        (True, False, False)
        """
        byte, bit = divmod(report_id, 8)
        return byte < len(self._bits) and bool(self._bits[byte] & 1 << bit)

    def packed(self) -> bytes:
        """Them as they are kept with an import, to be given when this is made anew.

        Examples
        --------
        >>> seen = SeenReports()
        >>> seen.add(9)
        >>> 9 in SeenReports(seen.packed())
        True
        """
        return zlib.compress(bytes(self._bits))
