"""Which stored reports a file told already."""


class SeenReports:
    """Which stored reports came by in a file already, one bit for each: a file may have millions."""

    def __init__(self) -> None:
        self._bits = bytearray()

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
