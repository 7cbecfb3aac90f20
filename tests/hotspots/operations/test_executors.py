"""Where pieces of work are done: here, or on a cluster, whatever is secret in the settings staying here."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr

from hotspots.errors import ClusterError
from hotspots.operations import executors
from hotspots.operations.executors import processors, workers_of
from hotspots.settings import DatabaseSettings, DetectionSettings, PrivacySettings, Settings, without_secrets


def test_work_on_this_machine_is_done_by_as_many_as_there_are_processors() -> None:
    made: list[int] = []

    def local(workers: int) -> ThreadPoolExecutor:
        made.append(workers)
        return ThreadPoolExecutor(workers)

    with workers_of(None, None, local=local) as executor:
        assert executor.submit(int, "7").result() == 7
    with workers_of(None, 3, local=local):
        pass
    assert made == [processors(), 3]


def test_a_scheduler_without_workers_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(executors, "WORKERS_S", 0.1)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=None, silence_logs=50) as cluster,
        pytest.raises(ClusterError, match=r"found that the scheduler at tcp://.* has none: start one"),
        workers_of(cluster.scheduler_address, None, local=ThreadPoolExecutor),
    ):
        pass


@pytest.mark.parametrize("address", ["host:8786", "tcp://host", "http://host:80", "tcp://a b:1", ""])
def test_what_is_no_address_of_a_scheduler_is_refused(address: str) -> None:
    with (
        pytest.raises(ClusterError, match="wanted the address of a scheduler of Dask, such as 'tcp://"),
        workers_of(address, None, local=ThreadPoolExecutor),
    ):
        pass


def test_settings_without_secrets_judge_the_same() -> None:
    settings = Settings(
        database=DatabaseSettings(url="postgresql://me:a-password@host/name"),
        privacy=PrivacySettings(reporter_key=SecretStr("a key that stays where it is, on this machine")),
        detection=DetectionSettings(min_reports=7),
    )
    sent = without_secrets(settings)
    assert sent.detection == settings.detection
    assert sent.municipality == settings.municipality
    assert b"a key that stays" in pickle.dumps(settings)
    assert not any(secret in pickle.dumps(sent) for secret in (b"a key that stays", b"a-password"))
