"""What a service answers is read as far as an answer goes."""

import pytest

from hotspots.files.answers import MAX_DEPTH, parsed_answer


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" * 3000 + b"]" * 3000, id="3,000 deep"),
        pytest.param(b'{"a":' * 300 + b"1" + b"}" * 300, id="objects 300 deep"),
        pytest.param(b"[" * 1_000_000, id="never closed"),
        pytest.param(b"[{" * 100_000 + b"]}" * 100_000, id="brackets that do not match"),
        pytest.param(b"9" * 5000, id="a number of 5,000 digits"),
        pytest.param(b'"' + b'\\"' * 300_000, id="a text that is never closed"),
        pytest.param(b"<html>", id="no JSON"),
    ],
)
def test_what_is_no_answer_is_an_error_of_values(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"wanted JSON|Expecting|Exceeds|Unterminated|Invalid"):
        parsed_answer(body)


def test_brackets_in_texts_are_no_nesting() -> None:
    assert parsed_answer(b'["' + b"[" * 1000 + b'\\"["]') == ["[" * 1000 + '"[']


def test_as_deep_as_is_told_is_read() -> None:
    assert parsed_answer(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH) != []
