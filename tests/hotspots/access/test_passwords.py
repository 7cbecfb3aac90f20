"""Passwords, tokens and delays: what can be decided about them without a database."""

from datetime import UTC, datetime, timedelta

import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from hotspots.access import passwords as accounts
from hotspots.access.passwords import (
    MIN_PASSWORD,
    csrf_token,
    hash_password,
    hash_token,
    is_csrf_token,
    is_password,
    locked_until,
    new_token,
    session_ends,
)
from hotspots.errors import AccountError
from hotspots.settings import SignInSettings

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
PASSWORD = "correct horse battery"


def test_a_password_is_recognised_by_its_hash_and_another_is_not() -> None:
    hashed = hash_password(PASSWORD, name="agent")
    assert hashed.startswith("$argon2id$")
    assert PASSWORD not in hashed
    assert is_password(hashed, PASSWORD)
    assert not is_password(hashed, PASSWORD + " ")
    assert not is_password(hashed, "x" * 10_000)
    assert hash_password(PASSWORD, name="agent") != hashed  # another salt


def test_without_an_account_a_password_is_compared_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    real = accounts._hasher()

    class Recorder:
        def verify(self, hashed: str, password: str) -> bool:
            compared.append(hashed)
            return real.verify(hashed, password)

        def hash(self, password: str) -> str:
            return real.hash(password)

    monkeypatch.setattr(accounts, "_hasher", Recorder)
    assert not is_password(None, PASSWORD)
    assert len(compared) == 1
    assert compared[0].split("$")[:4] == hash_password_parameters(real)


def hash_password_parameters(hasher: object) -> list[str]:
    """The part of a hash that decides how long comparing takes."""
    return str(hasher.hash(PASSWORD)).split("$")[:4]  # type: ignore[attr-defined]


@pytest.mark.parametrize("unusable", [None, "", "not a hash", "$argon2id$v=19$broken"])
def test_what_is_no_hash_lets_nobody_in(unusable: str | None) -> None:
    assert not is_password(unusable, PASSWORD)
    assert not is_password(unusable, "")


@pytest.mark.parametrize(
    ("password", "message"),
    [
        pytest.param("short", "12 to 256 characters, found 5", id="too short"),
        pytest.param("x" * 257, "12 to 256 characters, found 257", id="too long"),
        pytest.param("my AGENT password", "without the name in it", id="the name in it"),
        pytest.param("aaaaaaaaaaaab", "at least 5 different characters", id="one character"),
    ],
)
def test_a_weak_password_is_refused_and_not_repeated(password: str, message: str) -> None:
    with pytest.raises(AccountError, match=message) as raised:
        hash_password(password, name="agent")
    assert password not in str(raised.value)


def test_tokens_are_long_different_and_kept_as_a_hash() -> None:
    tokens = {new_token("hs_") for _ in range(100)}
    assert len(tokens) == 100
    assert all(token.startswith("hs_") and len(token) >= 46 for token in tokens)
    assert len({hash_token(token) for token in tokens}) == 100


def test_a_form_token_belongs_to_one_session_and_does_not_give_it_away() -> None:
    one, other = new_token(), new_token()
    assert is_csrf_token(one, csrf_token(one))
    assert not is_csrf_token(one, csrf_token(other))
    assert not is_csrf_token(one, "")
    assert not is_csrf_token(one, "é")
    assert one not in csrf_token(one)


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (4, 0), (5, 30), (6, 60), (9, 480), (10, 900), (1000, 900)]
)
def test_the_delay_doubles_with_each_wrong_password_up_to_a_maximum(failures: int, seconds: int) -> None:
    until = locked_until(failures, NOW, SignInSettings())
    assert until == (NOW + timedelta(seconds=seconds) if seconds else None)


def test_a_session_ends_by_rest_and_by_age() -> None:
    settings = SignInSettings(session_hours=12, idle_minutes=60)
    assert session_ends(NOW, NOW, settings) == NOW + timedelta(hours=1)
    late = NOW + timedelta(hours=11, minutes=30)
    assert session_ends(NOW, late, settings) == NOW + timedelta(hours=12)


@pytest.mark.parametrize(
    "password",
    [
        *(
            "wachtwoord123",
            "Wachtwoord123!",
            "Welkom2024!!",
            "gemeente2024!",
            "Zomer2025!!!!",
            "P@ssw0rd1234",
        ),
        *(
            "qwertyuiop12",
            "abcdefghijkl",
            "1q2w3e4r5t6y",
            "19-03-1987-1987",
            "hotspots-2026",
            "voetbalclub12",
        ),
        *("anna.de.vries1", "M4astricht2024!", "geheimgeheim"),
    ],
)
def test_a_password_that_is_tried_first_is_refused(password: str) -> None:
    with pytest.raises(AccountError) as raised:
        hash_password(password, name="anna de vries")
    assert password not in str(raised.value)


@pytest.mark.parametrize("password", ["Voorbeeldstad2026", "voorbeeldstad-01!", "ｗａｃｈｔｗｏｏｒｄ１２３"])
def test_a_name_that_everyone_here_knows_and_letters_in_another_form_are_tried_first_too(
    password: str,
) -> None:
    with pytest.raises(AccountError):
        hash_password(password, name="anna", known_here=["Voorbeeldstad"])


def test_none_of_the_common_passwords_that_are_long_enough_is_taken() -> None:
    common = [word for word in FREQUENCY_LISTS["passwords"] if len(word) >= MIN_PASSWORD]
    assert len(FREQUENCY_LISTS["passwords"]) > 3_000
    assert len(common) > 50
    for password in common:
        with pytest.raises(AccountError):
            hash_password(password, name="anna")


@pytest.mark.parametrize(
    "password",
    ["vier losse woorden kelder", "tK7#pQ9!zR2m", "een heel lang wachtwoord", "x7" * 5 + "Kp!qMw" * 20],
)
def test_a_password_that_takes_long_to_find_is_taken(password: str) -> None:
    assert hash_password(password, name="anna")
