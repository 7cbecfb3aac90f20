"""What pages say in sentences: days that follow each other, places that came up after a measure."""

from datetime import date, timedelta

from api.pages.sentences import following_days, moved_questions
from hotspots.casework.effect import CameUp, Counted, Effect

FIRST = date(2023, 1, 1)


def test_days_in_two_series_are_told_with_the_longest_and_what_chance_gives() -> None:
    days = [FIRST + timedelta(days=day) for day in (0, 2, 5, 6, 60, 100)]
    assert following_days(days, within_days=7) == (
        "Na 3 van de 5 dagen met meldingen volgde binnen 7 dagen de volgende; bij toeval zou dat er ongeveer "
        "1 zijn geweest. De langste reeks van zulke dagen liep van 1 januari 2023 tot en met 7 januari 2023: "
        "4 dagen met meldingen."
    )


def test_few_days_tell_no_pattern() -> None:
    assert following_days([FIRST + timedelta(days=day) for day in range(5)], within_days=7) == ""


def test_a_place_that_came_up_after_a_measure_is_a_question() -> None:
    fell = Counted("HS-2023-001", (14, 3), (4, 6))
    place = CameUp("HS-2023-005", "hoek Marktlaan, Wyck (HS-2023-005)", 143.0, date(2023, 9, 20))
    effect = Effect(1, FIRST, FIRST, FIRST, fell, None, None, None, (place,))
    (question,) = moved_questions(effect)
    assert question.startswith(
        "Na het begin kwam 140 meter verderop hoek Marktlaan, Wyck (HS-2023-005) op de lijst"
    )
    assert "Is de overlast daarheen gegaan? De cijfers kunnen dat niet zeggen" in question
