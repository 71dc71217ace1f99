"""Quiet hours in the policy: which priorities wait, and for whose day."""

from pathlib import Path

import pytest

from standfast.incidents.assessment import Priority
from standfast.policy_file.loading import PolicyError, load_policy
from tests.policy.small import SMALL, bent

DAY = "    name: Anna\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "policy.yaml"
    path.write_text(text)
    return path


def test_low_priorities_wait_and_nobody_has_a_day_unless_it_is_given(tmp_path: Path) -> None:
    policy = load_policy(written(tmp_path, SMALL))
    assert policy.quiet_hours.priorities == (Priority.P4, Priority.P5)
    assert policy.people["anna"].day is None


def test_a_day_is_written_like_working_hours(tmp_path: Path) -> None:
    text = bent(DAY, f"{DAY}    day: {{opens: 08:30, closes: 18:00, time_zone: Europe/Berlin}}\n")
    day = (
        load_policy(written(tmp_path, f"{text}quiet_hours: {{priorities: [P3]}}\n"))
        .people["anna"]
        .day
    )
    assert day
    assert (f"{day.opens:%H:%M}", day.time_zone, day.days[-1]) == (
        "08:30",
        "Europe/Berlin",
        "friday",
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            f"{SMALL}quiet_hours: {{priorities: [P5, P2, P1]}}\n",
            f":{SMALL.count(chr(10)) + 1}: quiet_hours.priorities: P2 and P1 cannot wait",
        ),
        (f"{SMALL}quiet_hours: {{priority: [P5]}}\n", "quiet_hours.priority: is not known here"),
        (bent(DAY, f"{DAY}    day: {{opens: 9am}}\n"), "people.anna.day.opens: must be a time of"),
        (bent(DAY, f"{DAY}    day: always\n"), "people.anna.day: must be a mapping"),
    ],
)
def test_what_makes_no_sense_is_told_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(PolicyError) as broken:
        load_policy(written(tmp_path, text))
    assert says in str(broken.value.problems[0])
