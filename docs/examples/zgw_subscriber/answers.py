"""What the other two systems may answer that an event can't be done now, and whether a later try may help."""

from typing import Any

import httpx2


class NotNowError(Exception):
    """A system is away, busy or broken: the same event may be done later.

    Parameters
    ----------
    wait_s
        How long it asks to wait; None if it doesn't say.
    """

    def __init__(self, message: str, wait_s: int | None = None) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class WrongError(Exception):
    """A system refuses what is asked: somebody has to look, at the settings most likely."""


def ask(client: httpx2.Client, method: str, path: str, **more: object) -> httpx2.Response:
    """Send a request, and give an answer that is not about being away, busy or broken.

    Raises
    ------
    NotNowError
        If there is no answer in time, or it is 429 or 5xx. What was asked may have been done or not.
    """
    try:
        answer = client.request(method, path, **more)  # type: ignore[arg-type]
    except httpx2.HTTPError as error:
        raise NotNowError(f"{method} {client.base_url}: {type(error).__name__}") from error
    if answer.status_code == 429 or answer.status_code >= 500:
        wait = answer.headers.get("Retry-After", "")
        raise NotNowError(told(answer), int(wait) if wait.isascii() and wait.isdecimal() else None)
    return answer


def content_of(answer: httpx2.Response) -> dict[str, Any]:
    """The document of an answer.

    Raises
    ------
    NotNowError
        If there is none, as when something in between answered.
    """
    try:
        content = answer.json()
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise NotNowError(f"{told(answer)}, and no JSON")
    return content


def told(answer: httpx2.Response) -> str:
    """What a system says of an error (RFC 9457, and the ``invalidParams`` of Dutch APIs), for a log."""
    said = f"{answer.request.method} {answer.request.url.copy_with(query=None)}: {answer.status_code}"
    try:
        problem = answer.json()
    except ValueError:
        return said
    if not isinstance(problem, dict):
        return said
    wrong = [
        f"{one.get('name', one.get('naam'))}: {one.get('reason', one.get('reden'))}"
        for one in problem.get("invalidParams") or ()
        if isinstance(one, dict)
    ]
    return " | ".join([said, *filter(None, [problem.get("code"), problem.get("detail")]), *wrong])
