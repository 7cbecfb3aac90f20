"""Halves of characters in JSON become the sign for what can't be read, wherever a chunk ends."""

import io
import json

from hypothesis import given
from hypothesis import strategies as st

from hotspots.files.whole_characters import WholeCharacters

ANY = st.text(st.characters(exclude_categories=()) | st.sampled_from('\\"u\ud800\udfffd\U0001f600'))


@given(ANY, st.integers(min_value=1, max_value=40))
def test_only_halves_change_wherever_a_chunk_ends(text: str, size: int) -> None:
    written = json.dumps([text]).encode()
    reader = WholeCharacters(io.BytesIO(written))
    pieces = []
    while piece := reader.read(size):
        pieces.append(piece)
    as_read = json.loads(written)[0]  # where two halves are a whole
    expected = "".join("�" if "\ud800" <= one <= "\udfff" else one for one in as_read)
    assert json.loads(b"".join(pieces)) == [expected]
