"""Many workers at once: what is admitted, gone on with, or given up."""

from collections.abc import Callable
from typing import Any

from standfast.records.remediation import AlreadyFinished, Denied, Granted, TargetBusy
from standfast.records.remediations import GIVEN_UP_AFTER, Remediations
from tests.records.remediations.admission import (
    KEY,
    LEASE,
    SECOND,
    Hindsight,
    admit,
    admitted,
    at_once,
)


def test_of_twenty_at_once_on_one_target_exactly_one_is_admitted(
    one: Remediations, other: Remediations, hindsight: Hindsight
) -> None:
    def ask(number: int) -> Callable[[], Any]:
        return lambda: admit((one, other)[number % 2], f"INC-{number:010}:1:runbook:1")

    answers = at_once([ask(number) for number in range(20)])
    assert [type(answer) for answer in answers].count(Granted) == 1
    assert [type(answer) for answer in answers].count(Denied) == 19
    assert hindsight.rows() == (1, 0)


def test_of_twenty_at_once_on_twenty_targets_the_cap_is_admitted(
    one: Remediations, other: Remediations, hindsight: Hindsight
) -> None:
    def ask(number: int) -> Callable[[], Any]:
        worker = (one, other)[number % 2]
        return lambda: admit(
            worker, f"INC-{number:010}:1:runbook:1", f"host:{number}", max_concurrent=7
        )

    answers = at_once([ask(number) for number in range(20)])
    assert [type(answer) for answer in answers].count(Granted) == 7
    assert hindsight.rows() == (7, 0)


def test_of_many_at_once_one_goes_on_with_a_dead_ones_run(
    one: Remediations, other: Remediations, hindsight: Hindsight
) -> None:
    admitted(one)
    hindsight.lease_ended(SECOND)
    tries: list[Callable[[], Any]] = [
        lambda: one.take_over(KEY, LEASE),
        lambda: other.take_over(KEY, LEASE),
        lambda: admit(one),
        lambda: admit(other),
    ]
    answers = at_once(tries * 3)
    assert [type(answer) for answer in answers].count(Granted) == 1
    assert [type(answer) for answer in answers].count(TargetBusy) == 11


def test_it_is_gone_on_with_or_given_up_but_never_both(
    one: Remediations, other: Remediations, hindsight: Hindsight
) -> None:
    for number in range(10):
        key, rival = f"INC-{number:010}:1:runbook:1", f"INC-{number:010}:2:runbook:1"
        target = f"host:{number}"
        admitted(one, key, target, max_concurrent=100)
        hindsight.lease_ended(GIVEN_UP_AFTER + SECOND, key)

        def go_on(key: str = key) -> Any:
            return one.take_over(key, LEASE)

        def admit_the_rival(rival: str = rival, target: str = target) -> Any:
            return admit(other, rival, target, max_concurrent=100)

        answers = at_once([go_on, admit_the_rival])
        assert [type(answer) for answer in answers] in (
            [Granted, Denied],
            [AlreadyFinished, Granted],
        )
