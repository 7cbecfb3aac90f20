"""`hotspots papers`: the papers that account for the software, filled in, and the yearly check."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hotspots.access.rights import EVERYTHING
from hotspots.errors import PaperError, StoreError
from hotspots.files.private_files import make_private_folder, write_privately
from hotspots.files.written_tables import write_csv
from jobs.commands import add_group
from jobs.terminal import AsJson, opened, operator, show, today


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    add_group(app, "papers", write=write, questions=questions, answer=answer, check=check)


def write(
    output: Annotated[Path, typer.Option("--output", metavar="DIR", help="The folder to write them to.")],
    as_json: AsJson = False,
) -> None:
    """Write all papers as DOCX, and the record for the Algoritmeregister as JSON too."""
    from hotspots.publishing.papers.filling import read_filling
    from hotspots.publishing.papers.papers import REGISTER, fill_papers, register_record
    from hotspots.publishing.papers.word_file import paper_docx

    now = datetime.now(UTC)
    with opened() as (settings, database):
        with database.reading() as connection:
            filling = read_filling(connection, settings, visibility=EVERYTHING, now=now)
        papers = fill_papers(filling, settings)
        day = settings.municipality.local_day(now)
        contents = {
            f"{name}.docx": paper_docx(paper, settings.municipality, made_on=day)
            for name, paper in papers.items()
        }
        record = json.dumps(register_record(filling, settings), ensure_ascii=False, indent=1)
        contents[f"{REGISTER}.json"] = f"{record}\n".encode()
    for name, content in contents.items():
        _write(output / name, content)
    show(
        {
            "files": len(contents),
            "output": str(output),
            "openQuestions": len({one.id for paper in papers.values() for one in paper.open_questions}),
        },
        as_json,
    )


def questions(as_json: AsJson = False) -> None:
    """Tell what the papers ask people, in Dutch, with the answers that there are."""
    from hotspots.publishing.papers.answers import read_answers
    from hotspots.publishing.papers.papers import all_questions

    with opened() as (_, database), database.reading() as connection:
        answers = read_answers(connection)
    asked = all_questions()
    if as_json:
        told = {
            name: {"question": text, "answer": answers[name].text if name in answers else None}
            for name, text in asked.items()
        }
        show(told, as_json)
        return
    show({name: f"{text} {_answered(answers.get(name))}" for name, text in asked.items()}, as_json)


def answer(
    question: Annotated[str, typer.Argument(help="The id of the question: see 'hotspots papers questions'.")],
    text: Annotated[str, typer.Option("--text", help="The answer; empty takes back what was answered.")],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who answers: kept with the moment.")],
    as_json: AsJson = False,
) -> None:
    """Answer a question of the papers; every earlier answer is kept."""
    from hotspots.publishing.papers.answers import answer_question
    from hotspots.publishing.papers.papers import all_questions, register_problem

    actor = operator(by)
    if register_problem(question, text):
        raise PaperError(
            f"wanted for '{question}' a month such as 2026-01, or an e-mail or https address, found '{text}'"
        )
    with opened() as (_, database):
        known = all_questions()
        answer_question(database, question=question, known=known, text=text, by=actor, at=datetime.now(UTC))
    show({"question": question, "answered": bool(text.strip())}, as_json)


def check(
    year: Annotated[
        int | None, typer.Option(min=1900, max=2199, help="A calendar year; by default the last whole one.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write the table per buurt (CSV).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare buurten in what a year put on the list, and what of it people confirmed and rejected."""
    from hotspots.publishing.year.period import read_known_days
    from hotspots.publishing.yearly_check import check_table, read_yearly_check

    with opened() as (settings, database), database.reading() as connection:
        day = today(settings)
        chosen = read_known_days(connection, settings).chosen_year(year, day)
        found = read_yearly_check(connection, settings, year=chosen, visibility=EVERYTHING, today=day)
    if output is not None:
        content = io.BytesIO()
        write_csv(content, check_table(found), decimal_sign=settings.export.decimal_sign)
        _write(output, content.getvalue())
    show(
        {
            "year": chosen,
            "shows": list(found.shows) if as_json else " ".join(found.shows),
            "doesNotShow": list(found.does_not_show) if as_json else " ".join(found.does_not_show),
            "output": None if output is None else str(output),
        },
        as_json,
    )


def _answered(given: object) -> str:
    return "(open)" if given is None else "(answered)"


def _write(path: Path, content: bytes) -> None:
    try:
        make_private_folder(path.parent)
        write_privately(path, content)
    except OSError as error:
        raise StoreError(f"can't write '{path}' ({error.strerror}): name another place") from None
