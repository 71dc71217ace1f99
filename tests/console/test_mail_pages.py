"""The pages of mail that was set aside: listed with its reason, shown as text, opened."""

from tests.api.conftest import Api
from tests.console.conftest import Visitor
from tests.mail.messages import RITA, raw

SCRIPT = "<script>alert(1)</script>"


async def handed_over(api: Api, message: bytes) -> str:
    """The id of a mail that is set aside."""
    headers = {"Authorization": f"Bearer {api.source_key('email')}"}
    answer = await api.http.post("/intake/email", content=message, headers=headers)
    assert answer.json()["result"] == "set_aside", answer.text
    return str(answer.json()["mail_id"])


async def test_listed_shown_and_opened(ana: Visitor, api: Api) -> None:
    assert "No mail is set aside." in await ana.reads("/mail")
    away = await handed_over(
        api, raw(f"I am away. {SCRIPT}", subject=f"Auto-Re: {SCRIPT}", in_reply_to="<1@x>")
    )
    bounce = await handed_over(api, raw(x_failed_recipients="a@x.example"))

    everything = await ana.reads("/mail")
    assert f'href="/mail/{away}"' in everything
    assert f'href="/mail/{bounce}"' in everything
    assert SCRIPT not in everything
    bounces = await ana.reads("/mail?kind=bounce")
    assert away not in bounces
    assert bounce in bounces

    path = f"/mail/{away}"
    text = await ana.reads(path)
    assert SCRIPT not in text
    assert "I am away. &lt;script&gt;" in text
    assert "its subject is that of an automatic reply" in text

    answer = await ana.sends(f"{path}/open", path)
    assert answer.status_code == 303
    identity = answer.headers["location"].rpartition("/")[2]
    assert (await api.desk.ticket(identity).view()).report.reporter == RITA
    again = await ana.sends(f"{path}/open", "/report")
    assert again.headers["location"] == answer.headers["location"]
    text = await ana.reads(path)
    assert f'href="/incidents/{identity}"' in text
    assert f"{path}/open" not in text
    assert f'opened as <a href="/incidents/{identity}">{identity}</a> by ana' in (
        await ana.reads("/mail")
    )


async def test_what_is_not_there(ana: Visitor) -> None:
    for path in ("/mail/MAIL-AAAAAAAA", "/mail/x"):
        assert "there is no" in (await ana.reads(path, status=404)).lower()
    await ana.reads("/mail?kind=nonsense", status=422)
    answer = await ana.sends("/mail/MAIL-AAAAAAAA/open", "/report")
    assert answer.status_code == 404


async def test_without_a_token_of_the_form_nothing_is_opened(ana: Visitor, api: Api) -> None:
    away = await handed_over(api, raw(x_autoreply="yes"))
    answer = await ana.http.post(f"/mail/{away}/open", data={})
    assert answer.status_code == 403
    [line] = api.desk.records.mails_set_aside.latest()
    assert line.opened_by == ""
