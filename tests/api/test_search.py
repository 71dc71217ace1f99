"""The search through the API and the command line: pages, errors, and who finds what."""

from datetime import UTC, datetime, timedelta

import pytest

from standfast.incidents.confidentiality import Confidential
from standfast.incidents.incident_filter import IncidentFilter, Status
from standfast.incidents.report import Report
from standfast.incidents.roles import Role
from standfast.lookup.incident_lists import list_incidents
from standfast.records.store import RecordStore
from tests.api.conftest import Api
from tests.records.samples import incident

LONG_AGO = datetime(2020, 3, 1, tzinfo=UTC)


def fill(records: RecordStore) -> None:
    """Five closed incidents of which Temporal knows nothing any more, one of them confidential."""
    for number in range(5):
        view = incident(
            f"INC-QUOKKA{number}AAA",
            title=f"Quokka {number}",
            description="Nobody knows how it came in",
            team="desk",
            opened_at=LONG_AGO + timedelta(days=number),
            confidential=Confidential(by="rita") if number == 4 else None,
        )
        report = Report(title=view.title, service="zoo", reporter="mia", labels={"pen": "7"})
        records.incidents.save(view.model_copy(update={"report": report}))


async def test_a_search_goes_on_page_by_page_and_finds_what_each_may_see(api: Api) -> None:
    fill(api.desk.records)

    async def found(q: str, role: Role = Role.OPERATOR, name: str = "") -> list[str]:
        titles, page = [], ""
        for _ in range(9):
            query = {"q": q, "limit": "2", "page": page}
            answer = await api.get("/api/search", role, name=name, params=query)
            assert answer.status_code == 200, answer.text
            titles += [one["title"] for one in answer.json()["incidents"]]
            page = answer.json()["next"]
            if page is None:
                return titles
        raise AssertionError("the pages have no end")

    open_to_all = [f"Quokka {number}" for number in (3, 2, 1, 0)]
    assert await found("service:zoo", Role.ADMINISTRATOR, "root") == ["Quokka 4", *open_to_all]
    assert await found("label:pen=7 quokka", Role.RESPONDER, "bo") == open_to_all
    assert await found("quokka", Role.REPORTER, "mia") == ["Quokka 4", *open_to_all]
    assert await found("quokka", Role.REPORTER, "leo") == []
    assert await found("team:desk quokka", Role.REPORTER, "mia") == []

    first = (await api.get("/api/search", params={"q": "quokka", "limit": "2"})).json()
    other = await api.get("/api/search", params={"q": "quolls", "page": first["next"]})
    assert (other.status_code, other.json()["detail"][:6]) == (422, "page: ")
    hers = (await api.get("/api/search", Role.REPORTER, name="mia", params={"q": "quokka"})).json()
    assert {(one["team"], one["category"]) for one in hers["incidents"]} == {("desk", None)}
    assert all(one["as_reporter"] for one in hers["incidents"])


@pytest.mark.parametrize(
    ("q", "said"),
    [
        ("servise:vpn", '"servise:vpn" at character 1: there is no field servise'),
        ('disk "full', "the quotes are not closed"),
        ("x" * 1_001, "at most 1000"),
    ],
)
async def test_a_query_that_means_nothing_is_told_so(api: Api, q: str, said: str) -> None:
    answer = await api.get("/api/search", params={"q": q})
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


async def test_closed_ones_are_listed_after_temporal_has_forgotten_them(api: Api) -> None:
    fill(api.desk.records)
    query = {"status": "closed", "service": "zoo", "limit": "3"}
    page = (await api.get("/api/incidents", Role.RESPONDER, name="bo", params=query)).json()
    assert [one["title"] for one in page["incidents"]] == ["Quokka 3", "Quokka 2", "Quokka 1"]
    query["page"] = page["next"]
    last = (await api.get("/api/incidents", Role.RESPONDER, name="bo", params=query)).json()
    assert ([one["title"] for one in last["incidents"]], last["next"]) == (["Quokka 0"], None)

    wanted = IncidentFilter(status=Status.ALL, service="zoo", priority="P2", team="desk")
    here = await list_incidents(api.desk.client, lambda: api.desk.records, wanted, 2)
    assert [(one.title, one.status) for one in here] == [
        ("Quokka 4", "closed"),
        ("Quokka 3", "closed"),
    ]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/incidents", {"team": "aps"}),
        ("/api/problems", {"team": "aps"}),
        ("/api/stats", {"team": "aps"}),
        ("/api/on-call/tiers", {"team": "aps"}),
        ("/api/overrides", {"team": "aps"}),
        ("/api/articles", {"q": "team:aps"}),
        ("/api/search", {"q": "team:aps is:closed"}),
    ],
)
async def test_a_name_that_nothing_has_is_told_with_those_that_are_near(
    api: Api, path: str, query: dict[str, str]
) -> None:
    """In a search of several words as a note, where a list is narrowed by it as a refusal."""
    answer = await api.get(path, Role.RESPONDER, params=query)
    assert "he policy has no team 'aps'; did you mean apps?" in answer.text
    assert answer.status_code == (200 if path == "/api/search" else 422)
    known = {name: text.replace("aps", "apps") for name, text in query.items()}
    found = await api.get(path, Role.RESPONDER, params=known)
    assert (found.status_code, "the policy" in found.text.lower()) == (200, False)
