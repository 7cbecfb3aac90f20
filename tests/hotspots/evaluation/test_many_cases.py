"""Many cases: the same answers one after the other and by workers, in the order of the cases."""

from concurrent.futures import ThreadPoolExecutor

from pydantic import SecretStr

from hotspots.evaluation.many_cases import run_all
from hotspots.settings import PrivacySettings, Settings

SETTINGS = Settings(privacy=PrivacySettings(reporter_key=SecretStr("a key for tests only, never for real")))


def doubled(case: int, settings: Settings) -> tuple[int, str]:
    return 2 * case, settings.privacy.reporter_key.get_secret_value()


def test_workers_give_what_one_process_gives_and_no_secret_goes_along() -> None:
    alone = run_all([1, 2, 3], doubled, SETTINGS)
    told: list[tuple[int, str]] = []
    with ThreadPoolExecutor(3) as executor:
        together = run_all([1, 2, 3], doubled, SETTINGS, executor=executor, on_done=told.append)
    assert alone == together == [(2, ""), (4, ""), (6, "")]
    assert sorted(told) == together
