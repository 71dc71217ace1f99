"""A seed has one schedule of faults, on every machine."""

import pytest

from benchmarks.faults.__main__ import SPANS, main
from benchmarks.faults.plan import Door, Span, plan_of


def test_a_seed_has_one_schedule_and_another_seed_another() -> None:
    assert plan_of(7, SPANS) == plan_of(7, dict(reversed(SPANS.items())))
    assert plan_of(7, SPANS) != plan_of(8, SPANS)


def test_all_kinds_and_doors_have_their_turn_within_their_spans() -> None:
    plans = [plan_of(seed, SPANS) for seed in range(200)]
    blows = [blow for plan in plans for one in plan.rounds for blow in one.blows]
    assert {blow.kind for blow in blows} == SPANS.keys()
    for blow in blows:
        shortest, longest = SPANS[blow.kind]
        assert shortest <= blow.lasts <= longest
    assert {errand.door for plan in plans for errand in plan.errands} == set(Door)
    assert any(len(one.blows) > 1 for plan in plans for one in plan.rounds)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_plan_is_as_large_as_it_is_wanted(size: int) -> None:
    plan = plan_of(1, {"power": Span(1.0, 1.0)}, rounds=size, errands=size)
    assert len(plan.rounds) == len(plan.errands) == size


def test_the_command_prints_the_same_plan_each_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["faults", "--plan", "--seed", "3", "--runs", "2"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    expected = [line for seed in (3, 4) for line in plan_of(seed, SPANS).lines()]
    assert capsys.readouterr().out.splitlines() == expected
