"""`POST /intake/email`: who may hand mail over, and what is answered."""

import pytest

from standfast.incidents.roles import Role
from tests.api.conftest import Api
from tests.mail.messages import Ids, raw

PATH = "/intake/email"


def key(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}", "Content-Type": "message/rfc822"}


async def test_the_key_of_email_opens_it_and_nothing_else_does(api: Api) -> None:
    async def status(secret: str) -> int:
        answer = await api.http.post(PATH, content=raw(), headers=key(secret))
        return answer.status_code

    assert [await status(wrong) for wrong in ("", "sft_wrong", "0" * 32)] == [401] * 3
    assert {await status(api.token(role)) for role in Role} == {401}
    assert await status(api.source_key("zabbix")) == 403
    assert await status(api.source_key("email")) == 200


async def test_what_became_of_it_is_told(api: Api) -> None:
    headers = key(api.source_key("email"))
    mail = raw(message_id=f"<{Ids()[1]}>")
    answer = await api.http.post(PATH, content=mail, headers=headers)
    told = answer.json()
    assert told["result"] == "opened"
    incident = told["incident_id"]
    assert told["reason"] == f"rita@storyville.example reports it: {incident}"
    view = await api.desk.ticket(incident).view()
    assert view.report.channel == "email"
    again = (await api.http.post(PATH, content=mail, headers=headers)).json()
    assert again["incident_id"] == incident

    away = await api.http.post(PATH, content=raw(x_autoreply="yes"), headers=headers)
    told = away.json()
    assert told.pop("mail_id").startswith("MAIL-")
    assert told == {
        "result": "set_aside",
        "incident_id": "",
        "reason": "it is an automatic mail: it has the header x-autoreply",
        "kind": "automatic",
    }
    metrics = (await api.get("/metrics")).text
    assert 'standfast_mails_total{kind="automatic",result="set_aside"} 1.0' in metrics
    assert 'standfast_mails_total{kind="",result="opened"} 2.0' in metrics


@pytest.mark.parametrize("kind", ["message/rfc822", "text/plain", "application/json", ""])
async def test_what_the_body_is_called_does_not_matter(api: Api, kind: str) -> None:
    headers = key(api.source_key("email")) | {"Content-Type": kind}
    answer = await api.http.post(PATH, content=raw("x", subject=kind or "none"), headers=headers)
    assert (answer.status_code, answer.json()["result"]) == (200, "opened")


async def test_an_empty_body_and_one_that_is_too_large(api: Api) -> None:
    headers = key(api.source_key("email"))
    empty = await api.http.post(PATH, content=b"", headers=headers)
    assert empty.status_code == 400
    assert "one mail message" in empty.json()["detail"]
    # Larger than other bodies may be, and no larger than the policy says.
    large = api.backend.settings.largest_body + 1
    answer = await api.http.post(PATH, content=raw("x\n" * (large // 2)), headers=headers)
    assert answer.status_code == 200
    most = api.backend.policy.current().mail.max_bytes
    answer = await api.http.post(PATH, content=b"x" * (most + 1), headers=headers)
    assert answer.status_code == 413
