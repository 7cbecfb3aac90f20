"""An app for codes, as somebody has on a telephone."""

from datetime import datetime

import pyotp

from hotspots.access.second_factors import keep_factor, make_factor
from hotspots.access.signed_links import SigningKey
from hotspots.store.database import Database

KEY = SigningKey(b"a key of tests only, never for a real link")


class App:
    """Shows codes of one account."""

    def __init__(self, secret: str) -> None:
        self.maker = pyotp.TOTP(secret.replace(" ", ""))

    def code(self, at: datetime, steps: int = 0) -> str:
        """The code at a moment, or so many steps of 30 s later."""
        return self.maker.generate_otp(self.maker.timecode(at) + steps)


def set_up(database: Database, user_id: str, now: datetime, key: SigningKey = KEY) -> tuple[App, list[str]]:
    """Give an account a second step; gives its app and its recovery codes."""
    new = make_factor(key, user_id=user_id, name="agent", issuer="Hotspots Testdam")
    app = App(new.secret)
    with database.writing() as connection:
        codes = keep_factor(
            connection, key, user_id=user_id, sealed=new.sealed, code=app.code(now, -1), now=now
        )
    return app, codes
