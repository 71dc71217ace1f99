"""`channels`: what there is, and a test message through exactly one, here and through the API."""

from standfast.incidents.roles import Role
from standfast.records.audit import AuditKind
from tests.commands.remote.conftest import Elsewhere


def audited(elsewhere: Elsewhere) -> list[tuple[str, str, str]]:
    kept = elsewhere.api.desk.records.audit.all()
    return [
        (entry.by, entry.subject, entry.detail)
        for entry in kept
        if entry.kind == AuditKind.CHANNEL_TESTED
    ]


async def test_a_person_tries_their_own_channel_and_an_operator_any(elsewhere: Elsewhere) -> None:
    desk = elsewhere.api.desk
    desk.amend(
        people={"ana": {"channels": {"broken": "json://127.0.0.1:9/", "night": "secret:NO"}}}
    )
    before = len(desk.sink.requests)
    own = await elsewhere.run("channels", "test", "phone", "--to", "ana", name="ana")
    assert (own.code, own.out) == (
        0,
        "phone of ana took the test message; look whether it has arrived\n",
    )
    [came] = desk.sink.requests[before:]
    assert (came.path.strip("/"), came.json["title"]) == ("ana", "Test: nothing is wrong")
    assert "the channel phone of ana, sent by ana" in came.json["message"]

    failed = await elsewhere.run("channels", "test", "broken", "--to", "ana", role=Role.OPERATOR)
    assert (failed.code, failed.out) == (1, "")
    assert failed.err.startswith(
        "broken of ana did not take the test message: could not be reached"
    )
    assert [who for who, _, _ in audited(elsewhere)] == ["ana", "operator"]
    assert audited(elsewhere)[1][1] == "broken of ana"

    others = await elsewhere.run("channels", "test", "phone", "--to", "max", name="ana")
    assert others.code != 0
    assert "ana sees and tests their own only" in others.err
    wrong = await elsewhere.run("channels", "test", "fax", "--to", "ana", name="ana")
    assert "ana has no channel called 'fax'; there are: phone, broken, night" in wrong.err
    assert len(audited(elsewhere)) == 2
    assert len(desk.sink.requests) == before + 1

    here = await elsewhere.here("channels", "test", "phone", "--to", "ana")
    assert (here.code, here.out) == (own.code, own.out)
    assert len(audited(elsewhere)) == 3


async def test_channels_are_listed_without_their_urls(elsewhere: Elsewhere) -> None:
    elsewhere.api.desk.amend(people={"ana": {"channels": {"night": "secret:NO"}}})
    mine = await elsewhere.run("channels", "list", "--json", name="ana")
    assert [(one["person"], one["name"], one["kind"], one["problem"]) for one in mine.json] == [
        ("ana", "phone", "json", ""),
        ("ana", "night", "", "STANDFAST_SECRET_NO is not set here"),
    ]
    everybodys = await elsewhere.run("channels", "list", role=Role.OPERATOR)
    assert {"ana", "max"} <= set(everybodys.out.split())
    assert "127.0.0.1" not in everybodys.out + mine.out
    assert everybodys == await elsewhere.here("channels", "list")
