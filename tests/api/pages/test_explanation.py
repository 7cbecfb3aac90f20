"""The page for everyone: the periods are those of the settings, and every kind of data has one."""

from fastapi.testclient import TestClient

from api.main import create_app
from api.pages.explanation import periods
from hotspots.settings import RetentionSettings, Settings, SignInSettings


def test_every_period_of_the_settings_is_told_in_order() -> None:
    # each period another one, so that it can be seen where it comes out
    days = {
        name: (15 + number if name != "text_days" else 211)
        + (300 if number in (1, 2) else 0)
        + 100 * (number == 2)
        for number, name in enumerate(RetentionSettings.model_fields)
    }
    told = periods(Settings(retention=RetentionSettings(**days)))
    assert len(told) == len(days) == len({period.what for period in told})
    assert [period.how_long.split()[0] for period in told] == [
        str(value // 7) if value % 7 == 0 else str(value) for value in days.values()
    ]


def test_anyone_may_read_it_also_where_signing_in_is_required(settings: Settings) -> None:
    own = settings.model_copy(
        update={
            "sign_in": SignInSettings(required=True),
            "retention": RetentionSettings(text_days=300),
        }
    )
    with TestClient(create_app(own)) as client:
        page = client.get("/uitleg", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "<td>300 dagen</td>" in page.text
    assert "Een mens." in page.text
    # what stays of a report that is removed is told, and not said to go
    assert "hoeveel er per dag, soort overlast en buurt waren. Dat kan ook één melding zijn." in page.text
    assert '<th scope="row">De melding zelf: tijd, soort overlast en code van de melder</th>' in page.text
    assert 'href="/uitleg"' in page.text
