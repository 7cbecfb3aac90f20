"""What was typed in a form that came when its session had ended: kept for who typed it, and nobody else.

It is sealed with a secret that only the browser has, so the database alone tells nothing; and who it is of is
said by the form's own token, so that another who signs in with that browser gets nothing. Passwords are never
among it. It is kept for an hour at most, and never sent by itself.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from hotspots.access.form_tokens import FormToken
from hotspots.access.passwords import hash_token
from hotspots.access.sealing import seal, unseal
from hotspots.settings import SignInSettings
from hotspots.store.case_tables import kept_forms

MOST = 20
"""So many forms are kept for one browser; then the oldest goes."""


@dataclass(frozen=True)
class KeptForm:
    """A form as it was typed."""

    token: FormToken
    action: str  # the address it was sent to
    fields: Mapping[str, Sequence[str]]  # by name, without passwords


def keep_form(
    connection: Connection, settings: SignInSettings, form: KeptForm, *, browser: str, now: datetime
) -> None:
    """Keep a form for who has the secret of this browser; those of longer ago go, whoever's they are."""
    connection.execute(delete(kept_forms).where(kept_forms.c.kept_at <= now - _term(settings)))
    own = kept_forms.c.browser_hash == hash_token(browser)
    token = form.token
    content = {"whose": token.whose, "page": token.page, "action": form.action, "fields": dict(form.fields)}
    connection.execute(delete(kept_forms).where(own, kept_forms.c.mask == token.mask))
    older = select(kept_forms.c.id).where(own).order_by(kept_forms.c.id.desc()).offset(MOST - 1)
    connection.execute(
        delete(kept_forms).where(kept_forms.c.id.in_(list(connection.execute(older).scalars())))
    )
    connection.execute(
        insert(kept_forms).values(
            browser_hash=hash_token(browser),
            mask=token.mask,
            content=seal(browser, json.dumps(content).encode()),
            kept_at=now,
        )
    )


def read_kept_forms(
    connection: Connection, settings: SignInSettings, *, browser: str, actor_id: str, now: datetime
) -> list[KeptForm]:
    """Read what this person typed in this browser, oldest first."""
    query = select(kept_forms).where(
        kept_forms.c.browser_hash == hash_token(browser),
        kept_forms.c.kept_at > now - _term(settings),
    )
    found = []
    for row in connection.execute(query.order_by(kept_forms.c.id)):
        opened = unseal(browser, row.content)
        if opened is not None:
            content = json.loads(opened)
            token = FormToken(row.mask, content["whose"], content["page"])
            if token.is_of(actor_id):
                found.append(KeptForm(token, content["action"], content["fields"]))
    return found


def drop_kept_form(connection: Connection, mask: str) -> None:
    """Keep a form no longer: it was sent, or is not wanted."""
    connection.execute(delete(kept_forms).where(kept_forms.c.mask == mask))


def _term(settings: SignInSettings) -> timedelta:
    return timedelta(minutes=settings.kept_form_minutes)
