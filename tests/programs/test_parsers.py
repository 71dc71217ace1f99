"""Parsing apart: results and errors come back, and whatever is too much ends alone."""

import asyncio
import os
import pickle
import time

import pytest

from standfast.programs.parsers import Busy, Limits, Parsers, TooCostly

ENOUGH = Limits(cpu_seconds=20, seconds=60)


@pytest.fixture(scope="module")
def parsers() -> Parsers:
    return Parsers(processes=1)


def process() -> int:
    return os.getpid()


def variables() -> list[str]:
    return sorted(os.environ)


def compute() -> None:
    while True:
        pass


def hang() -> None:
    time.sleep(60)


def take_memory() -> int:
    return len(bytearray(3_000_000_000))


def end() -> None:
    os._exit(3)


def refuse(why: str) -> None:
    raise ValueError(why)


def nested(depth: int) -> list[object]:
    found: list[object] = []
    for _ in range(depth):
        found = [found]
    return found


async def test_one_process_works_on_job_after_job(parsers: Parsers) -> None:
    first, second = [await parsers.run(ENOUGH, process) for _ in range(2)]
    assert first == second != os.getpid()
    assert parsers.run_blocking(ENOUGH, max, 1, 2) == 2


async def test_an_error_comes_back(parsers: Parsers) -> None:
    with pytest.raises(ValueError, match="too old"):
        await parsers.run(ENOUGH, refuse, "too old")
    with pytest.raises(RecursionError):
        await parsers.run(ENOUGH, nested, 100_000)


async def test_it_has_none_of_our_secrets(
    parsers: Parsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANDFAST_ENCRYPTION_KEY", "secret")
    fresh = Parsers(processes=1)
    assert "STANDFAST_ENCRYPTION_KEY" not in await fresh.run(ENOUGH, variables)


async def test_what_is_too_much_is_ended_and_the_next_job_is_done(parsers: Parsers) -> None:
    for job, limits, words in (
        (compute, Limits(cpu_seconds=1, seconds=60), "takes more than 1 s of a processor"),
        (hang, Limits(cpu_seconds=5, seconds=0.2), "takes longer than 0.2 s"),
        (take_memory, ENOUGH, "needs more than 2 GB of memory"),
        (end, ENOUGH, "ended with code 3"),
    ):
        with pytest.raises(TooCostly, match=words):
            await parsers.run(limits, job)
        assert await parsers.run(ENOUGH, max, 1, 2) == 2


async def test_who_comes_when_too_many_wait_is_told() -> None:
    small = Parsers(processes=1, most_waiting=1)
    limits = Limits(cpu_seconds=5, seconds=0.5)
    jobs = [asyncio.create_task(small.run(limits, hang))]
    await asyncio.sleep(0.1)
    jobs += [asyncio.create_task(small.run(limits, hang)) for _ in range(3)]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert {type(result) for result in results} == {TooCostly, Busy}


class TakenOver:
    """What a parser could answer that does what a stranger's text says."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, ("/tmp/taken-over",)


def taken_over() -> TakenOver:
    return TakenOver()


async def test_an_answer_is_data_and_runs_nothing(parsers: Parsers) -> None:
    with pytest.raises(pickle.UnpicklingError, match=r"must not hold posix\.mkdir"):
        await parsers.run(ENOUGH, taken_over)
    assert not os.path.exists("/tmp/taken-over")
    assert await parsers.run(ENOUGH, process) != os.getpid()
