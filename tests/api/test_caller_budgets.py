"""How many reports and actions a caller may send."""

from pathlib import Path

import pytest

from standfast.api.access import Caller
from standfast.api.caller_budgets import (
    PER_MINUTE,
    PER_MINUTE_OF_OTHERS,
    SENT_REPORTS,
    SIGN_INS,
    CallerBudgets,
)
from standfast.api.problem_details import Problem
from standfast.incidents.roles import Role
from tests.console.house import open_house

MOMENT, LATER = "2026-12-01T08:00:00Z", "2026-12-01T12:00:00Z"


def test_a_reporter_sends_so_many_reports_in_a_minute_and_others_go_on() -> None:
    budgets = CallerBudgets()
    rita, ana = Caller("rita", Role.REPORTER), Caller("ana", Role.OPERATOR)
    for _ in range(PER_MINUTE[SENT_REPORTS]):
        budgets.spend(SENT_REPORTS, rita)
    with pytest.raises(Problem, match="rita has sent 60 reports in a minute") as refused:
        budgets.spend(SENT_REPORTS, rita)
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "1"})
    budgets.spend(SENT_REPORTS, Caller("mia", Role.REPORTER))
    for _ in range(1_000):
        budgets.spend(SENT_REPORTS, ana)


async def test_reports_actions_and_sign_ins_are_counted_at_the_api_and_in_the_console(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house, house.browser() as browser:
        secret = house.token(Role.REPORTER, "rita").secret
        headers = {"Authorization": f"Bearer {secret}"}
        await browser.sign_in(secret)
        for what in PER_MINUTE:
            for _ in range(PER_MINUTE[what] - (what == SIGN_INS)):
                house.app.state.caller_budgets.spend(what, Caller("rita", Role.REPORTER))
        one = "/incidents/INC-AAAAAAAAAA/comment"
        api = await browser.http.post("/api/incidents", json={"title": "T"}, headers=headers)
        acted = await browser.http.post(f"/api{one}", json={"text": "T"}, headers=headers)
        page = await browser.send(await browser.get("/report"), "/report", title="T")
        async with house.browser() as other:
            signed_in = await other.sign_in(secret)
        assert [answer.status_code for answer in (api, acted, page, signed_in)] == [429] * 4


async def test_who_is_on_call_and_mail_have_budgets_too(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.browser() as browser:
        secret = house.token(Role.RESPONDER, "ben").secret
        headers = {"Authorization": f"Bearer {secret}"}
        ben = Caller("ben", Role.RESPONDER)
        house.app.state.caller_budgets = CallerBudgets(lambda: 0)
        for what, most in PER_MINUTE_OF_OTHERS.items():
            for _ in range(most):
                house.app.state.caller_budgets.spend(what, ben)
        silence = {"matcher": {"services": ["vpn"]}, "starts": MOMENT, "ends": LATER}
        override = {"team": "a", "tier": "L1", "person": "ben", "starts": MOMENT, "ends": LATER}
        for path, body in (
            ("silences", silence | {"reason": "New gateway"}),
            ("silences/SIL-7F3K2Q/end", {}),
            ("overrides", override),
            ("overrides/swap", override | {"other": "ana"}),
            ("overrides/OVR-7F3K2Q/end", {}),
            ("mail/MAIL-7F3K2QXW/open", {}),
        ):
            answer = await browser.http.post(f"/api/{path}", json=body, headers=headers)
            assert answer.status_code == 429, (path, answer.text)
        turns = await browser.http.get("/api/on-call?days=7", headers=headers)
        now = await browser.http.get("/api/on-call", headers=headers)
        assert (turns.status_code, now.status_code) == (429, 200)
