"""Nothing on the record of a closed incident is left out by its page, nor by `show`."""

import html
from io import StringIO
from pathlib import Path

from rich.console import Console

from standfast.incidents.record import IncidentView
from standfast.incidents.roles import Role
from standfast.terminal.incident_page import page
from tests.api.test_visible import INCIDENT, OneIncident, added, somebody
from tests.console.house import open_house
from tests.incidents.filled import filled, texts_in

ELSEWHERE = {
    "waiting_for.who": "nobody is waited for once it has closed",
    "next_pages.whom": "nobody is paged once it has closed",
    "next_pages.why": "nobody is paged once it has closed",
    "open_actions": "its problem tells how they stand now",
    "approval.approvers": "while it waits; the outcome says who answered",
    "approval.requested_by": "who may not approve it, while it waits",
    "approval.by": "in the outcome, once somebody has answered",
    "approval.why": "in the outcome, once somebody has answered",
    "approval.given_up": "in the outcome of one that was given up",
    "remediation.answer": "yes or no: its outcome says more",
    "remediation.policy_version": "with the decision",
    "resolution.entered_by": "on the timeline",
    "report.title": "the title of the incident",
    "report.reporter": "the first of its reporters",
    "report.entered_by": "on the timeline",
    "report.labels": "the labels of the incident have them",
    "latest.service": "the service of the incident",
    "latest.entered_by": "on the timeline",
    "latest.labels": "the labels of the incident have them",
    "latest.dedup_key": "the key of the incident",
    "worse.title": "the title of the latest report",
    "timeline.event": "in words",
    "additions.reason": "of a correction",
    "additions.people": "of one that makes it confidential",
}
"""What stands in another place, or says nothing more once it has closed."""

ON_THE_PAGE_ALONE = {"remediation.steps.output": "long; also in `show --json`"}


def closed() -> IncidentView:
    view = filled(IncidentView)
    twice = {"ledger": view.ledger * 2, "members": view.members * 2}
    return view.model_copy(update={"incident_id": INCIDENT, "status": "closed", **twice})


def left_out(view: IncidentView, told: str) -> set[str]:
    return {where for where, text in texts_in(view) if text[1:-1] not in told} - ELSEWHERE.keys()


async def test_the_page_of_a_closed_incident_tells_all_that_is_on_record(tmp_path: Path) -> None:
    view = closed()
    async with (
        open_house(tmp_path, knows=OneIncident(view)) as house,
        somebody(house, Role.ADMINISTRATOR, "root") as root,
    ):
        shown = await root.get(f"/incidents/{INCIDENT}")
    assert shown.status_code == 200
    told = html.unescape(shown.text)
    assert left_out(view, told) == set()
    assert "Merged into this one" in told


async def test_of_many_additions_the_latest_are_shown_and_the_others_unfold(tmp_path: Path) -> None:
    view = closed()
    many = tuple(added("comment", text=f"late word {number}.") for number in range(30))
    async with (
        open_house(
            tmp_path, knows=OneIncident(view.model_copy(update={"additions": many}))
        ) as house,
        somebody(house, Role.ADMINISTRATOR, "root") as root,
    ):
        told = (await root.get(f"/incidents/{INCIDENT}")).text
    folded, _, shown = told.partition('id="earlier-additions"')[2].partition("</details>")
    assert "20 earlier" in folded
    assert (folded.count("late word"), shown.count("late word")) == (20, 10)
    assert folded.index("late word 0.") < folded.index("late word 19.")


def test_show_tells_all_that_is_on_record() -> None:
    view = closed()
    screen = StringIO()
    Console(file=screen, width=400).print(*page(view, whole_timeline=True), sep="\n")
    told = screen.getvalue()
    assert left_out(view, told) == ON_THE_PAGE_ALONE.keys()
    for fact in ("Please check", "Merged into it", "Users affected", "It began", "Corrected"):
        assert fact in told, fact


def test_what_is_said_to_be_elsewhere_is_a_text_on_record() -> None:
    assert {where for where, _ in texts_in(closed())} >= {*ELSEWHERE, *ON_THE_PAGE_ALONE}
