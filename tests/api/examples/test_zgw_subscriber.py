"""The example that opens a zaak: only for events of ours, once, whatever goes wrong in between."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.api.examples.conftest import (
    HOTSPOT_ID,
    NOW_S,
    NUMBER,
    WEBHOOK_SECRET,
    Around,
    event_of,
    signed,
)
from tests.api.examples.zaken_server import RSIN, ZAAKTYPE, Trouble
from zgw_subscriber.config import Config, ConfigError, read_config
from zgw_subscriber.webhooks import RefusedError, read_event

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "zgw_subscriber"
LINK = {"systeem": "Zaaksysteem", "kenmerk": NUMBER, "url": f"https://zaken.example.org/zaken/{NUMBER}"}
OTHER_SECRET = "whsec_" + base64.b64encode(b"another secret of tests").decode()


class TestWhatIsTaken:
    def test_a_signature_is_that_of_standard_webhooks(self) -> None:
        # the vector of the reference implementations of Standard Webhooks
        headers = {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        }
        body, secret = b'{"test": 2432232314}', "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        with pytest.raises(RefusedError, match="no CloudEvent"):  # signed well, and about something else
            read_event(headers, body, secrets=[secret], now_s=1614265330)
        with pytest.raises(RefusedError, match="not signed"):
            read_event(headers, body + b" ", secrets=[secret], now_s=1614265330)

    @pytest.mark.parametrize("late_s", [-299, 0, 299])
    def test_a_recent_event_of_ours_is_read(self, late_s: int) -> None:
        body = json.dumps(event_of()).encode()
        headers = signed(event_of()["id"], body, at=NOW_S - late_s)
        event = read_event(headers, body, secrets=[OTHER_SECRET, WEBHOOK_SECRET], now_s=NOW_S)
        assert (event.type, event.hotspot_id, event.number) == ("hotspot-besloten", HOTSPOT_ID, NUMBER)

    @pytest.mark.parametrize(
        ("changes", "signing", "why"),
        [
            ({}, {"secret": OTHER_SECRET}, "not signed"),
            ({}, {"at": NOW_S - 301}, "too long ago"),
            ({}, {"at": NOW_S + 301}, "too long ago"),
            ({"specversion": "0.3"}, {}, "no CloudEvent"),
            ({"data": {"hotspotId": "../../gebruikers"}}, {}, "no CloudEvent"),
            ({"data": "x"}, {}, "no CloudEvent"),
            ({"type": None}, {}, "no CloudEvent"),
        ],
        ids=str,
    )
    def test_anything_else_is_refused(
        self, changes: dict[str, object], signing: dict[str, object], why: str
    ) -> None:
        body = json.dumps(event_of() | changes).encode()
        headers = signed(event_of()["id"], body, **signing)  # type: ignore[arg-type]
        with pytest.raises(RefusedError, match=why):
            read_event(headers, body, secrets=[WEBHOOK_SECRET], now_s=NOW_S)

    def test_without_a_header_or_with_a_strange_one_nothing_is_done(self, around: Around) -> None:
        body = json.dumps(event_of()).encode()
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
            for value in (None, "", "é", "v2,abc", "9" * 30):
                headers = signed(event_of()["id"], body) | ({} if value is None else {name: value})
                if value is None:
                    del headers[name]
                given = [(key.encode(), one.encode("latin-1")) for key, one in headers.items()]
                answer = around.client.post("/events", content=body, headers=given)
                assert answer.status_code == 401, (name, value)
        assert around.zaken.asked == []

    def test_a_body_without_end_is_cut_off(self, around: Around) -> None:
        answer = around.client.post("/events", content=iter([b"x" * 40_000] * 2))
        assert answer.status_code == 413


class TestOnce:
    def test_a_decision_opens_a_zaak_and_links_it_back(self, around: Around) -> None:
        assert around.send(event_of()).status_code == 204
        [zaak] = around.zaken.zaken
        assert {
            name: zaak[name] for name in ("identificatie", "bronorganisatie", "zaaktype", "startdatum")
        } == {
            "identificatie": NUMBER,
            "bronorganisatie": RSIN,
            "zaaktype": ZAAKTYPE,
            "startdatum": "2023-12-04",
        }
        assert zaak["kenmerken"] == [{"bron": "hotspots", "kenmerk": HOTSPOT_ID}]
        assert zaak["vertrouwelijkheidaanduiding"] == "zaakvertrouwelijk"
        assert around.hotspots.links == [LINK]

    def test_the_same_event_is_done_no_more_also_after_a_restart_and_another_finds_the_zaak(
        self, around: Around
    ) -> None:
        around.send(event_of(7))
        asked = len(around.zaken.asked)
        around.client = around.start()
        assert around.send(event_of(7)).status_code == 204
        assert (len(around.zaken.asked), len(around.zaken.zaken)) == (asked, 1)
        for late in (8, 3):  # whatever their order: what holds now decides
            assert around.send(event_of(late)).status_code == 204
        assert (len(around.zaken.zaken), around.hotspots.links) == (1, [LINK])

    def test_who_died_between_opening_and_linking_finds_the_zaak_again(self, around: Around) -> None:
        around.hotspots.refusals = [503]
        assert around.send(event_of()).status_code == 503
        assert (len(around.zaken.zaken), around.hotspots.links) == (1, [])
        around.client = around.start()
        assert around.send(event_of()).status_code == 204
        assert (len(around.zaken.zaken), around.hotspots.links) == (1, [LINK])

    def test_a_zaak_of_which_the_answer_was_lost_is_not_opened_again(self, around: Around) -> None:
        around.zaken.troubles.extend([None, Trouble(500, wait_s=1.3, is_after=True)])
        assert around.send(event_of()).status_code == 503
        assert len(around.zaken.zaken) == 1
        assert around.send(event_of()).status_code == 204
        assert (len(around.zaken.zaken), around.hotspots.links) == (1, [LINK])

    def test_who_is_overtaken_by_another_takes_that_zaak(self, around: Around) -> None:
        around.send(event_of(1))
        around.zaken.unseen = 1  # the search comes before another opens it, the opening after
        assert around.send(event_of(2)).status_code == 204
        assert len(around.zaken.zaken) == 1
        assert around.zaken.asked[-3:] == ["GET", "POST", "GET"]

    def test_it_looks_at_what_holds_now_not_at_what_was_told(self, around: Around) -> None:
        for number, status in enumerate(("kandidaat", "geen hotspot", "gesloten"), start=1):
            around.hotspots.status = status
            assert around.send(event_of(number)).status_code == 204
        assert (around.zaken.asked, around.hotspots.links) == ([], [])

    def test_of_a_place_that_it_may_not_know_it_opens_nothing(self, around: Around) -> None:
        data = {"hotspotId": "00000000-0000-4000-8000-000000000000", "nummer": "HS-2023-002"}
        assert around.send(event_of(data=data)).status_code == 204
        assert around.zaken.asked == []

    def test_other_events_are_taken_and_left(self, around: Around) -> None:
        for number, kind in enumerate(
            ("hotspot-gewijzigd", "weeklijst-gereed", "test", "iets-nieuws"), start=5
        ):
            event = event_of(number, type=f"nl.overlasthotspots.{kind}")
            assert around.send(event).status_code == 204
        assert around.zaken.asked == []
        assert around.send(event_of(2)).status_code == 204, (
            "a decision that is sent again later is still done"
        )
        assert len(around.zaken.zaken) == 1


class TestFailures:
    @pytest.mark.parametrize(
        ("trouble", "status", "wait"),
        [
            (Trouble(429, "throttled", {"Retry-After": "17"}), 503, "17"),
            (Trouble(500), 503, "30"),
            (Trouble(503, headers={"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}), 503, "30"),
            (Trouble(200, wait_s=1.3), 503, "30"),
            (Trouble(401, "not_authenticated"), 500, None),
            (Trouble(403, "permission_denied"), 500, None),
            (Trouble(400, "invalid"), 500, None),
        ],
        ids=lambda value: str(value.status) if isinstance(value, Trouble) else None,
    )
    def test_what_fails_is_answered_so_that_it_is_sent_again_and_then_done(
        self, around: Around, trouble: Trouble, status: int, wait: str | None
    ) -> None:
        for number, before in enumerate(([], [None]), start=1):  # in searching, in opening
            around.zaken.zaken.clear()
            around.hotspots.links.clear()
            around.zaken.troubles.extend([*before, trouble])
            answer = around.send(event_of(number))
            assert (answer.status_code, answer.headers.get("retry-after")) == (status, wait)
            assert around.hotspots.links == []
            assert around.send(event_of(number)).status_code == 204
            assert (len(around.zaken.zaken), around.hotspots.links) == (1, [LINK])

    def test_a_page_of_something_in_between_is_taken_for_no_zaak(self, around: Around) -> None:
        for before, page in (([], Trouble(200, page="<h1>Log in</h1>")), ([None], Trouble(201, page="[]"))):
            around.zaken.troubles.extend([*before, page])
            assert around.send(event_of()).status_code == 503
        assert around.send(event_of()).status_code == 204
        assert (len(around.zaken.zaken), around.hotspots.links) == (1, [LINK])

    def test_a_field_that_is_refused_is_told_with_its_reason(
        self, around: Around, config: Config, caplog: pytest.LogCaptureFixture
    ) -> None:
        object.__setattr__(config, "bronorganisatie", "123456789")
        assert around.send(event_of()).status_code == 500
        assert "can't be done: POST" in caplog.text
        assert "400 | invalid | Invalid input. | bronorganisatie: Value error" in caplog.text
        assert around.zaken.zaken == []

    def test_a_zaak_about_something_else_is_not_taken_for_ours(
        self, around: Around, caplog: pytest.LogCaptureFixture
    ) -> None:
        around.send(event_of(1))
        around.zaken.zaken[0]["kenmerken"] = []
        assert around.send(event_of(2)).status_code == 500
        assert f"the zaak with number {NUMBER} is about something else" in caplog.text

    def test_a_link_that_fails_is_written_at_the_next_try(self, around: Around) -> None:
        tried = {429: 503, 500: 503, 401: 500, 403: 500, 409: 500}
        for number, (status, answer) in enumerate(tried.items(), start=1):
            around.hotspots.links.clear()
            around.hotspots.refusals = [status]
            assert around.send(event_of(number)).status_code == answer
            assert around.send(event_of(number)).status_code == 204
            assert (len(around.zaken.zaken), around.hotspots.links) == (1, [LINK])


def test_the_settings_of_the_example_are_read_with_their_secrets(tmp_path: Path) -> None:
    text = (EXAMPLE / "subscriber.example.toml").read_text(encoding="utf-8")
    path = tmp_path / "subscriber.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="wanted the settings"):
        read_config(path)
    for name in ("webhook.secret", "hotspots.token", "zaken.secret"):
        (tmp_path / name).write_text(f"{name} of tests\n", encoding="ascii")
    config = read_config(path)
    assert config.webhook_secrets == ("webhook.secret of tests",)
    assert (config.hotspots_token, config.zaken_secret) == (
        "hotspots.token of tests",
        "zaken.secret of tests",
    )
    assert config == replace(config, state=tmp_path / "subscriber.sqlite")
    path.write_text(f"{text}\nzaaktpye = 'x'\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="zaaktpye"):
        read_config(path)
