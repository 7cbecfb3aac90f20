"""Shows a form again as it was typed, on the page where it stood, after signing in.

It works on the page as it is written, so that every form has it: fields get what was typed, with the version
of the case that was seen then, and what holds the form is opened. Nothing is sent: a person looks first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

from fastapi import Request

from api.http.forms import CSRF_FIELD
from api.http.kept_forms import OF_THE_FORM, browser_of
from api.http.sign_in import session_of, signing_key_of
from hotspots.access.form_tokens import make_form_token
from hotspots.access.kept_forms import KeptForm, read_kept_forms
from hotspots.access.rights import Actor

_UNTYPED = frozenset({"submit", "button", "reset", "image", "password", "file"})


@dataclass(frozen=True)
class _Part:
    """An element of a form: its start tag, and for some what is inside."""

    tag: str
    attributes: Mapping[str, str]
    start: int
    end: int  # of the start tag
    inside_until: int = 0
    field_name: str = ""  # of the list that an option is in

    @property
    def name(self) -> str:
        """The field it gives a value to."""
        return self.field_name or self.attributes.get("name", "")


@dataclass
class _Form:
    action: str
    start: int
    details: Sequence[_Part]  # around it
    parts: list[_Part] = field(default_factory=list)


class _Reader(HTMLParser):
    """Finds the forms of a page, with where each part of them stands."""

    def __init__(self, text: str, path: str) -> None:
        super().__init__(convert_charrefs=True)
        self._path, self._text = path, text
        self._lines = [0]
        for line in text.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self.forms: list[_Form] = []
        self.main = 0
        self._details: list[_Part] = []
        self._within: _Form | None = None
        self._open: list[_Part] = []  # a select or textarea that is not closed yet
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a part of a form, or what is around one."""
        given = {name: value or "" for name, value in attrs}
        start = self._offset()
        part = _Part(tag, given, start, start + len(self.get_starttag_text() or ""))
        if tag == "main":
            self.main = part.end
        elif tag == "details":
            self._details.append(part)
        elif tag == "form":
            action = urlsplit(given.get("action", "")).path or self._path  # a filter may follow it
            if given.get("method", "").lower() == "post":
                self._within = _Form(action, start, list(self._details))
                self.forms.append(self._within)
        elif self._within is not None and tag == "input":
            self._within.parts.append(part)
        elif self._within is not None and tag == "option" and self._open:
            said = self._text[part.end : self._text.find("<", part.end)].strip()
            of = {"value": given.get("value", said)}
            self._within.parts.append(
                _Part(tag, given | of, start, part.end, field_name=self._open[-1].attributes.get("name", ""))
            )
        elif tag in ("textarea", "select"):
            self._open.append(part)

    def handle_endtag(self, tag: str) -> None:
        """Note where something ends."""
        if tag == "details" and self._details:
            self._details.pop()
        elif tag == "form":
            self._within = None
        elif tag in ("textarea", "select") and self._open:
            begun = self._open.pop()
            if tag == "textarea" and self._within is not None:
                self._within.parts.append(
                    _Part(tag, begun.attributes, begun.start, begun.end, self._offset())
                )

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column


def kept_for(request: Request, actor: Actor | None) -> list[KeptForm]:
    """What this person typed in this browser when the session had ended."""
    browser = browser_of(request)
    if browser is None or actor is None:
        return []
    state = request.app.state
    with state.database.reading() as connection:
        return read_kept_forms(
            connection, state.settings.sign_in, browser=browser, actor_id=actor.id, now=datetime.now(UTC)
        )


def with_kept_forms(request: Request, actor: Actor | None, text: str) -> str:
    """Give a page with what its reader typed there when the session had ended."""
    if request.method != "GET":
        return text
    path = request.url.path
    own = [kept for kept in kept_for(request, actor) if urlsplit(kept.token.page).path == path]
    session, key = session_of(request), signing_key_of(request)
    if not own or not session or actor is None or key is None:
        return text
    page, here = _Reader(text, path), path + (f"?{request.url.query}" if request.url.query else "")
    edits: set[tuple[int, int, str]] = set()
    free = list(page.forms)
    for number, kept in enumerate(reversed(own), 1):  # the last one first, if two are of one form
        form = _best(free, kept)
        if form is None and kept.token.page != here:
            continue
        lost = dict(kept.fields)
        if form is not None:
            free.remove(form)
            lost = {name: values for name, values in lost.items() if name not in _names(form)}
            again = make_form_token(
                key, session, actor_id=actor.id, page=kept.token.page, mask=kept.token.mask
            )
            edits |= _filled(form, kept, again, number)
        token = make_form_token(key, session, actor_id=actor.id, page=here)
        edits.add((page.main, page.main, _notice(kept, lost, number if form else None, token, here)))
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _best(forms: Sequence[_Form], kept: KeptForm) -> _Form | None:
    """The form that was sent: of several to one address, that with the same hidden values."""
    fitting = [form for form in forms if form.action == kept.action and _is_alike(form, kept)]
    return max(fitting, key=lambda form: len(_hidden(form)), default=None)


def _is_alike(form: _Form, kept: KeptForm) -> bool:
    return all(value in kept.fields.get(name, ()) for name, value in _hidden(form).items())


def _hidden(form: _Form) -> dict[str, str]:
    return {
        part.attributes.get("name", ""): part.attributes.get("value", "")
        for part in form.parts
        if part.attributes.get("type") == "hidden" and part.attributes.get("name") not in OF_THE_FORM
    }


def _names(form: _Form) -> set[str]:
    return {part.name for part in form.parts}


def _filled(form: _Form, kept: KeptForm, token: str, number: int) -> set[tuple[int, int, str]]:
    """What to write in the place of what, so that a form has what was typed."""
    edits = {(form.start, form.start, f'<p class="bericht" id="bewaard-{number}" tabindex="-1">{_STILL}</p>')}
    edits |= {(part.start, part.end, _tag(part, {"open": ""})) for part in form.details}
    left = {name: list(values) for name, values in kept.fields.items()}
    for part in form.parts:
        kind, value = part.attributes.get("type", "text"), part.attributes.get("value", "on")
        is_known = part.name in kept.fields
        if part.name == CSRF_FIELD:
            edits.add((part.start, part.end, _tag(part, {"value": token})))
        elif kind in ("checkbox", "radio"):
            edits.add(
                (part.start, part.end, _chosen(part, "checked", value in kept.fields.get(part.name, ())))
            )
        elif part.tag == "option" and is_known:
            edits.add((part.start, part.end, _chosen(part, "selected", value in kept.fields[part.name])))
        elif part.tag == "textarea" and is_known:
            edits.add((part.end, part.inside_until, "\n" + escape(_next(left, part.name))))
        elif part.tag == "input" and is_known and kind not in _UNTYPED:
            edits.add((part.start, part.end, _tag(part, {"value": _next(left, part.name)})))
    return edits


def _next(left: Mapping[str, list[str]], name: str) -> str:
    return left[name].pop(0) if left[name] else ""


def _chosen(part: _Part, how: str, is_chosen: bool) -> str:
    return _tag(part, {how: "" if is_chosen else None})


def _tag(part: _Part, changed: Mapping[str, str | None]) -> str:
    """A start tag with other attributes; None takes one away."""
    attributes: dict[str, str | None] = {**part.attributes, **changed}
    written = [f'{name}="{escape(value)}"' for name, value in attributes.items() if value is not None]
    return f"<{' '.join([part.tag, *written])}>"


_STILL = "Dit vulde u in toen uw sessie verlopen was. Het is nog niet verstuurd."
_GONE = "Dit kan hier niet meer worden ingevuld. Neem over wat u nog nodig hebt:"


def _notice(
    kept: KeptForm, lost: Mapping[str, Sequence[str]], number: int | None, token: str, here: str
) -> str:
    """What stands above the page: where the form is, what has no place any more, and how to be rid of it."""
    texts = [
        value for name, values in lost.items() if name not in OF_THE_FORM for value in values if value.strip()
    ]
    told = f'<p>{_STILL} <a href="#bewaard-{number}">Naar wat u invulde</a></p>' if number else ""
    if texts:
        told += f"<p>{_GONE}</p>" + "".join(f'<p class="tekst">{escape(value)}</p>' for value in texts)
    fields = {CSRF_FIELD: token, "formulier": kept.token.mask, "naar": here}
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items()
    )
    button = '<button type="submit" class="stil">Gooi weg wat ik invulde</button>'
    form = f'<form method="post" action="/formulier/weg">{hidden}<p>{button}</p></form>'
    return f'<div class="bericht goed" role="status">{told}{form}</div>'
