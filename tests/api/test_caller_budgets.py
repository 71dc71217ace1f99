"""How many reports and actions a caller may send."""

import re
from pathlib import Path
from typing import Any

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

IDS = {
    "incident_id": "INC-7F3K2QXWM4",
    "article_id": "KB-7F3K2Q",
    "mail_id": "MAIL-7F3K2QXW",
    "silence_id": "SIL-7F3K2Q",
    "override_id": "OVR-7F3K2Q",
    "channel_id": "CHN-7F3K2Q",
    "action": "code",
    "section": "impact",
}


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
        house.app.state.caller_budgets = CallerBudgets(lambda: 0)  # however slow this machine is
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


async def test_whatever_changes_something_has_a_budget(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.browser() as browser:
        secret = house.token(Role.OPERATOR, "olga").secret
        headers = {"Authorization": f"Bearer {secret}"}
        olga = Caller("olga", Role.OPERATOR)
        house.app.state.caller_budgets = CallerBudgets(lambda: 0)
        for what, most in PER_MINUTE_OF_OTHERS.items():
            for _ in range(most):
                house.app.state.caller_budgets.spend(what, olga)
        without = []
        for path, methods in house.app.openapi()["paths"].items():
            for method in methods.keys() - {"get"}:
                if not path.startswith("/api/") or path == "/api/v2/alerts":
                    continue  # of sources, which have limits of their own
                content = methods[method].get("requestBody", {}).get("content", {})
                examples = content.get("application/json", {}).get("examples")
                body: Any = examples["example"]["value"] if examples else {}
                where = re.sub(r"{(\w+)}", lambda name: IDS[name[1]], path)
                if method == "delete":
                    where, body = f"{where}?name=x", None
                answer = await browser.http.request(method, where, headers=headers, json=body)
                if answer.status_code != 429:
                    without.append((method, path, answer.status_code, answer.text))
        assert not without, "\n".join(map(str, without))
        turns = await browser.http.get("/api/on-call?days=7", headers=headers)
        now = await browser.http.get("/api/on-call", headers=headers)
        assert (turns.status_code, now.status_code) == (429, 200)
        assert (await browser.http.get("/api/stats", headers=headers)).status_code == 429
