from hotspots.store.database import Database
from hotspots.store.metadata import read_fact, write_fact
from hotspots.store.readings import once


def test_reads_once_what_is_asked_for_again_in_the_same_reading(database: Database) -> None:
    answers = iter("ab")
    with database.reading() as connection:
        assert [once(connection, "which", lambda: next(answers)) for _ in range(2)] == ["a", "a"]
    with database.reading() as connection:
        assert once(connection, "which", lambda: next(answers)) == "b"


def test_keeps_the_answers_to_different_questions_apart(database: Database) -> None:
    with database.reading() as connection:
        assert once(connection, ("fact", "one"), lambda: 1) == 1
        assert once(connection, ("fact", "other"), lambda: None) is None
        assert once(connection, ("fact", "other"), lambda: 3) is None


def test_reads_again_while_writing_as_it_may_have_changed(database: Database) -> None:
    with database.writing() as connection:
        assert read_fact(connection, "colour") is None
        write_fact(connection, "colour", "green")
        assert read_fact(connection, "colour") == "green"
    with database.reading() as connection:
        assert read_fact(connection, "colour") == "green"
