"""Who may do what in the console: a row for each page and form, and none without a row."""

import re

from fastapi.routing import iter_route_contexts

from standfast.console import pages
from standfast.incidents.actions import Action
from standfast.incidents.roles import Role
from tests.api.conftest import open_api
from tests.console.conftest import visiting
from tests.stories.desk import Desk

PAGES: dict[tuple[str, str], Role] = {
    ("GET", "/incidents/{incident_id}"): Role.REPORTER,
    ("GET", "/incidents/{incident_id}/attachments/{name}"): Role.REPORTER,
    ("GET", "/incidents/{incident_id}/live"): Role.REPORTER,
    ("GET", "/report"): Role.REPORTER,
    ("POST", "/report"): Role.REPORTER,
    # Sends a reporter, who may list nothing, to the report form.
    ("GET", "/"): Role.REPORTER,
    ("GET", "/search"): Role.REPORTER,
    ("POST", "/search/views"): Role.REPORTER,
    ("POST", "/search/views/remove"): Role.REPORTER,
    ("GET", "/bulk"): Role.RESPONDER,
    ("POST", "/bulk"): Role.RESPONDER,
    ("GET", "/on-call"): Role.RESPONDER,
    ("GET", "/my-pages"): Role.RESPONDER,
    ("POST", "/report/suggestions"): Role.REPORTER,
    ("POST", "/report/helped"): Role.REPORTER,
    ("GET", "/knowledge"): Role.REPORTER,
    ("GET", "/knowledge/new"): Role.RESPONDER,
    ("POST", "/knowledge"): Role.RESPONDER,
    ("GET", "/knowledge/{article_id}"): Role.REPORTER,
    ("GET", "/knowledge/{article_id}/edit"): Role.RESPONDER,
    ("GET", "/knowledge/{article_id}/runbook"): Role.RESPONDER,
    ("POST", "/knowledge/{article_id}/edit"): Role.RESPONDER,
    ("POST", "/knowledge/{article_id}/{do}"): Role.RESPONDER,
    ("GET", "/stats"): Role.RESPONDER,
    ("GET", "/stats.csv"): Role.RESPONDER,
    ("GET", "/reviews"): Role.RESPONDER,
    ("GET", "/incidents/{incident_id}/review"): Role.RESPONDER,
    ("POST", "/incidents/{incident_id}/review"): Role.RESPONDER,
    ("GET", "/incidents/{incident_id}/review.md"): Role.RESPONDER,
    ("GET", "/incidents/{incident_id}/review.pdf"): Role.RESPONDER,
    ("GET", "/problems"): Role.RESPONDER,
    ("GET", "/problems/{problem_id}"): Role.RESPONDER,
    ("POST", "/problems/{problem_id}/link"): Role.RESPONDER,
    ("POST", "/problems/{problem_id}/unlink"): Role.RESPONDER,
    ("POST", "/problems/{problem_id}/name"): Role.RESPONDER,
    ("GET", "/devices"): Role.RESPONDER,
    ("POST", "/devices"): Role.RESPONDER,
    ("POST", "/devices/end"): Role.RESPONDER,
    ("POST", "/devices/test"): Role.RESPONDER,
    ("GET", "/live"): Role.RESPONDER,
    ("GET", "/mail"): Role.RESPONDER,
    ("GET", "/mail/{mail_id}"): Role.RESPONDER,
    ("POST", "/mail/{mail_id}/open"): Role.RESPONDER,
    ("GET", "/my/channels"): Role.RESPONDER,
    ("POST", "/my/channels"): Role.RESPONDER,
    ("POST", "/my/channels/rules"): Role.RESPONDER,
    ("POST", "/my/channels/{do}"): Role.RESPONDER,
    ("GET", "/sessions"): Role.REPORTER,
    ("POST", "/sessions/end"): Role.REPORTER,
}

OPEN = {("GET", "/static/{name}"), ("GET", "/service-worker.js"), ("GET", "/offline")}
"""Style sheet, script and picture: what everybody can read in the source."""

BY_ACTION = ("POST", "/incidents/{incident_id}/{action}")
OF_REPORTERS = (Action.VERIFY, Action.COMMENT, Action.WITHDRAW)

NOBODY_S = "INC-AAAAAAAAAA"


def test_every_page_has_a_row() -> None:
    found = {
        (method, context.path or "")
        for context in iter_route_contexts(pages.router.routes)
        for method in (context.methods or set()) - {"HEAD"}
    }
    assert found == {*PAGES, *OPEN, BY_ACTION}


def test_every_number_in_an_address_has_bounds() -> None:
    # A database takes no number of any length.
    numbers = [
        (context.path, param.name, [type(bound).__name__ for bound in param.field_info.metadata])
        for context in iter_route_contexts(pages.router.routes)
        if (dependant := getattr(context, "dependant", None))
        for param in dependant.query_params
        if "int" in str(param.field_info.annotation)
    ]
    assert len(numbers) > 5
    assert [each for each in numbers if not {"Ge", "Le"} <= {*each[2]}] == []


async def test_nobody_gets_in_without_signing_in(desk: Desk) -> None:
    async with open_api(desk) as api:
        for method, path in (*PAGES, BY_ACTION):
            where = path.replace("{incident_id}", NOBODY_S).replace("{action}", "acknowledge")
            # A token of the API is no session: forms would need no CSRF token with it.
            for headers in ({}, api.headers(Role.ADMINISTRATOR)):
                answer = await api.http.request(method, where, headers=headers)
                assert answer.status_code == (303 if method == "GET" else 403), (method, path)
                assert "/sign-in" in answer.headers.get("location", "/sign-in")


async def test_role_and_page(desk: Desk) -> None:
    async with open_api(desk) as api:
        for role in Role:
            async with visiting(api, role) as visitor:
                for (method, path), needed in PAGES.items():
                    if path in ("/live", "/"):  # the stream of whom it is open to has no end
                        continue
                    where = path.replace("{incident_id}", NOBODY_S)
                    if method == "GET":
                        answer = await visitor.http.get(where)
                    else:
                        answer = await visitor.sends(where, "/report")
                    told = (role, method, path, answer.status_code)
                    assert (answer.status_code == 403) is not role.may(needed), told
        async with visiting(api, Role.REPORTER) as visitor:
            assert (await visitor.http.get("/live")).status_code == 403


async def test_role_and_action(desk: Desk) -> None:
    async with open_api(desk) as api:
        for role in Role:
            async with visiting(api, role) as visitor:
                for action in (*Action, "nonsense"):
                    answer = await visitor.sends(f"/incidents/{NOBODY_S}/{action}", "/report")
                    offered = action not in (Action.REPORT_AGAIN, "nonsense")
                    may = action in OF_REPORTERS or role.may(Role.RESPONDER)
                    # Behind the door there is no such incident.
                    expected = 404 if may or not offered else 403
                    assert answer.status_code == expected, (role, action)


async def test_what_is_open_is_kept_as_long_as_it_stays_the_same(desk: Desk) -> None:
    async with open_api(desk) as api:
        page = (await api.http.get("/sign-in")).text
        for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
            answer = await api.http.get(address)
            assert answer.status_code == 200
            assert "immutable" in answer.headers["cache-control"]
            kind = answer.headers["content-type"]
            assert kind == "image/png" or kind.endswith("; charset=utf-8")
