"""What belongs to one problem, and what held how long."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.decisions.problem import (
    Pair,
    Said,
    grouped,
    line_of,
    problem_of,
    taken_out,
    with_what_held,
)
from standfast.incidents.problem import (
    Fix,
    Problem,
    ProblemEpisode,
    TriedRunbook,
    held_in_words,
    standing,
)
from standfast.incidents.resolution import RemediationOutcome

FIRST = datetime(2026, 3, 2, 8, tzinfo=UTC)
DAY = 86_400.0
A, B, C = "INC-AAAAAAAAAA", "INC-BBBBBBBBBB", "INC-CCCCCCCCCC"


def day(number: float) -> datetime:
    return FIRST + timedelta(days=number)


def episode(
    opened: float, fixed: float | None = None, incident_id: str = A, **changed: Any
) -> ProblemEpisode:
    """An episode that was reported on that day, and fixed on that one; else it is open."""
    runbook = changed.pop("runbook", "")
    outcome = changed.pop("outcome", RemediationOutcome.SUCCEEDED)
    fix = None
    if fixed is not None:
        by = "automation" if runbook and outcome == "succeeded" else "ana"
        fix = Fix(
            what="Restarted it",
            by=by,
            at=day(fixed),
            runbook=runbook if by == "automation" else "",
        )
    known: dict[str, Any] = {
        "incident_id": incident_id,
        "episode": int(opened) + 1,
        "title": f"VPN drops, day {opened:g}",
        "service": "vpn",
        "team": "network",
        "status": "closed" if fix else "open",
        "opened_at": day(opened),
        "closed_at": fix and fix.at,
        "fix": fix,
        "tried": TriedRunbook(runbook=runbook, outcome=outcome) if runbook else None,
    }
    return ProblemEpisode(**(known | changed))


def problem(*episodes: ProblemEpisode, said: tuple[Said, ...] = ()) -> Problem:
    found = problem_of(episodes, said)
    assert found
    return found


@pytest.mark.parametrize(
    ("episodes", "held"),
    [
        pytest.param([episode(0, 1), episode(13, 14)], [12, None], id="until the next report"),
        pytest.param([episode(13, 14), episode(0, 1)], [12, None], id="in any order"),
        pytest.param([episode(0, 1), episode(13)], [12, "open"], id="one that is open ends it"),
        pytest.param(
            [episode(0, 5), episode(3, 4, B), episode(9, 10)],
            [4, 5, None],
            id="one that was open already does not end it",
        ),
        pytest.param(
            [episode(0, 2), episode(2, 3)], [None, None], id="reported at the moment of the fix"
        ),
        pytest.param(
            [episode(0, status="closed"), episode(4, 5)], ["open", None], id="closed without a fix"
        ),
    ],
)
def test_a_fix_holds_until_the_next_report(
    episodes: list[ProblemEpisode], held: list[float | str | None]
) -> None:
    found = with_what_held(episodes)
    assert [
        "open" if each.fix is None else each.fix.held and each.fix.held / DAY for each in found
    ] == held


def test_times_between_are_from_report_to_report() -> None:
    found = with_what_held([episode(0, 1), episode(3, 4), episode(10)])
    assert [each.after and each.after / DAY for each in found] == [None, 3, 7]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (0, "1st of 4 times since 2026-03-02"),
        (1, "2nd of 4 times since 2026-03-02; the last fix held 2 d"),
        (2, "3rd of 4 times since 2026-03-02; the last fix held 3 d"),
        (3, "4th time since 2026-03-02; the last fix held 3 d"),
    ],
)
def test_an_incident_is_told_how_often_it_happened(place: int, words: str) -> None:
    # The third was not fixed when the fourth was reported: the last fix is that of the second.
    found = problem(episode(0, 1), episode(3, 4), episode(7), episode(12))
    of = found.episodes[place]
    told = standing(found, of.incident_id, of.episode)
    assert told
    assert told.words == words
    assert told.sentences[1:] == (("The last fix, by ana: Restarted it",) if place else ())
    assert standing(found, B, 1) is None


@pytest.mark.parametrize(
    ("number", "word"), [(11, "11th"), (12, "12th"), (21, "21st"), (22, "22nd"), (111, "111th")]
)
def test_ordinals(number: int, word: str) -> None:
    found = problem(*(episode(each) for each in range(number)))
    told = standing(found, A, number)
    assert told
    assert told.words.startswith(f"{word} time since")


def test_what_holds_is_said_as_such() -> None:
    first, last = (each.fix for each in problem(episode(0, 1), episode(13, 14)).episodes)
    assert first
    assert last
    assert held_in_words(first, day(20)) == "held 12 d"
    assert held_in_words(last, day(20)) == "holds for 6 d"


def test_runbooks_are_counted_with_what_they_held() -> None:
    found = problem(
        episode(0, 1, runbook="restart"),
        episode(3, 4, runbook="restart"),
        episode(5, 6, runbook="restart", outcome=RemediationOutcome.FAILED),
        episode(9, 10, runbook="clear_cache"),
    )
    restart, clear = found.runbooks
    assert (restart.runbook, restart.tried, restart.worked) == ("restart", 3, 2)
    assert (restart.longest, restart.holds) == (2 * DAY, False)
    assert (clear.tried, clear.worked, clear.longest, clear.holds) == (1, 1, None, True)


def test_what_happened_once_is_no_problem() -> None:
    assert problem_of([episode(0, 1)], ()) is None
    assert problem_of([], ()) is None


def test_a_problem_is_called_what_people_said_last() -> None:
    episodes = [episode(0, 1), episode(3, 4, B)]
    unnamed = problem(*episodes)
    assert (unnamed.problem_id, unnamed.title, unnamed.owner) == (A, "VPN drops, day 3", "")
    said = (Said("Old name", "ana", "ana", day(5)), Said("New name", "", "bo", day(6)))
    named = problem(*episodes, said=said)
    assert (named.title, named.owner, named.named_by) == ("New name", "", "bo")


def test_a_line_counts_what_was_reported_lately() -> None:
    line = line_of([episode(0, 1), episode(3, 4, B), episode(9, service="mail")], (), day(3))
    assert line
    assert (line.episodes, line.recently, line.is_open) == (3, 2, True)
    assert (line.services, line.incident_ids) == (("mail", "vpn"), (A, B))


IDS = st.sampled_from([f"INC-{letter * 10}" for letter in "ABCDEFG"])
LINKS = st.frozensets(
    st.tuples(IDS, IDS).filter(lambda two: two[0] != two[1]).map(lambda two: Pair.of(*two)),
    max_size=12,
)


@given(LINKS, IDS)
def test_whoever_is_taken_out_is_alone_and_the_others_stay_together(
    links: frozenset[Pair], out: str
) -> None:
    everybody = {each for pair in links for each in pair} | {out}
    group = next(each for each in grouped(everybody, links) if out in each)
    inside = {pair for pair in links if group.issuperset(pair)}
    change = taken_out(out, group, inside)
    after = (inside - set(change.cut)) | set(change.linked)
    assert sorted(map(sorted, grouped(group, after))) == sorted(
        [[out], *([sorted(group - {out})] if group - {out} else [])]
    )
