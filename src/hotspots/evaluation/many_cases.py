"""Many cases of a study, one after the other or by the workers of an executor."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, as_completed
from typing import TypeVar

from hotspots.settings import Settings, without_secrets

_Case = TypeVar("_Case")
_Result = TypeVar("_Result")


def run_all(
    todo: Sequence[_Case],
    run: Callable[[_Case, Settings], _Result],
    settings: Settings,
    *,
    executor: Executor | None = None,
    on_done: Callable[[_Result], None] = lambda _: None,
) -> list[_Result]:
    """Run each case, in this process or by an executor; results are in the order of the cases.

    What is secret in the settings stays here.

    Parameters
    ----------
    run
        A function of a module, as workers import it.
    on_done
        Called with each result as it comes.
    """
    settings = without_secrets(settings)
    if executor is None:
        results = []
        for case in todo:
            results.append(run(case, settings))
            on_done(results[-1])
        return results
    done: dict[int, _Result] = {}
    number_of = {executor.submit(run, case, settings): number for number, case in enumerate(todo)}
    for future in as_completed(number_of):
        result = future.result()
        done[number_of[future]] = result
        on_done(result)
    return [done[number] for number in range(len(todo))]
