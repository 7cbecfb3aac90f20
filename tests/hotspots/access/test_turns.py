"""Turns: a few at a time, a few that wait, and the others come back later."""

from threading import Event, Lock, Thread

import pytest

from hotspots.access import sessions, turns
from hotspots.access.turns import Turns, turns_of
from hotspots.errors import BusyError, SignInError
from hotspots.settings import SignInSettings
from hotspots.store.case_tables import sign_in_attempts
from hotspots.store.database import Database
from tests.hotspots.access.agents import NOW


def test_of_fifty_at_once_two_work_and_three_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "COME_BACK_S", 30)
    queue, lock, refused, go_on = Turns(2, 3), Lock(), Event(), Event()
    working, most, done, sent_away = 0, 0, 0, 0

    def work() -> None:
        nonlocal working, most, done, sent_away
        try:
            with queue.take():
                with lock:
                    working += 1
                    most = max(most, working)
                go_on.wait(30)
                with lock:
                    working -= 1
                    done += 1
        except BusyError:
            with lock:
                sent_away += 1
                if sent_away == 45:
                    refused.set()

    threads = [Thread(target=work) for _ in range(50)]
    for thread in threads:
        thread.start()
    assert refused.wait(30)
    go_on.set()
    for thread in threads:
        thread.join()
    assert (most, done, sent_away) == (2, 5, 45)
    with queue.take():  # and afterwards there is room again
        pass


def test_nobody_waits_for_ever_and_a_failure_gives_its_turn_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "COME_BACK_S", 0.01)
    queue = Turns(1, 5)
    with queue.take(), pytest.raises(BusyError), queue.take():
        pass
    for _ in range(9):
        with pytest.raises(ValueError, match="wrong"), queue.take():
            raise ValueError("wrong")
    with queue.take():
        pass


def test_who_is_sent_away_has_not_tried(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = SignInSettings(hashes_at_once=1, hashes_waiting=0)
    with turns_of(1, 0).take(), pytest.raises(BusyError):
        sessions.sign_in(database, settings, name="nobody", password="wrong", now=NOW)
    with database.reading() as connection:
        assert connection.execute(sign_in_attempts.select()).all() == []
    with pytest.raises(SignInError):
        sessions.sign_in(database, settings, name="nobody", password="wrong", now=NOW)
