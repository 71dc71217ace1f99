"""`policy check` finds each wrong setting of `docs/reach.md`, section by section.

What is wrong within the sections `chat.slack` and `chat.teams` is in `tests/policy`.
"""

from pathlib import Path

import pytest

from standfast.commands.app import run as run_command
from tests.policy.small import SMALL
from tests.policy.test_chat import SLACK

PUBLIC = {"STANDFAST_PUBLIC_URL": "https://standfast.example"}
OUTBOX = '{outbox: "outbox://"}'
MAILTO = "mailto://standfast:x@mail.example/?to=anna@home.example"
ACCOUNT, TOKEN = f"AC{'1' * 32}", "a" * 32


def channel(url: str) -> str:
    """A policy in which Anna has this channel."""
    return SMALL.replace(OUTBOX, f'{{phone: "{url}"}}')


def sms(
    account: str = ACCOUNT, token: str = TOKEN, ours: str = "+15005550006", to: str = "+49301"
) -> str:
    return channel(f"twilio-sms://{account}:{token}@{ours}/{to}234567")


def twins() -> str:
    """A policy with Slack, in which two people have one address."""
    anna = "  anna:\n    name: Anna\n    addresses: [both@tiny.example]\n"
    bert = '  bert: {name: Bert, addresses: [Both@tiny.example], channels: {outbox: "outbox://"}}\n'
    return SMALL.replace("  anna:\n    name: Anna\n", bert + anna) + SLACK


def methods(url: str) -> str:
    """A policy by which people may add that."""
    return SMALL + f'contact_methods: {{mine: "{url}"}}\n'


MAIL = "mail:\n  reply_address: help@tiny.example\n"
SIGNED = SLACK.replace("app_token: secret:SLACK_APP", "signing_secret: secret:SLACK_SIGNING")

WRONG: dict[str, tuple[str, dict[str, str], str]] = {
    # what: (the policy, what is set in the environment, words of the message)
    "link: no public address": (
        channel("ntfy://ntfy.example/anna"),
        {},
        "by a button of a push, but on this machine: STANDFAST_PUBLIC_URL is not set here",
    ),
    "link: an address of this machine": (
        channel(MAILTO),
        {"STANDFAST_PUBLIC_URL": "http://127.0.0.1:8080"},
        "STANDFAST_PUBLIC_URL is http://127.0.0.1:8080",
    ),
    "link: without TLS": (
        channel(MAILTO),
        {"STANDFAST_PUBLIC_URL": "http://desk.example"},
        "and should begin with https://",
    ),
    "link: in a chat alone": (SMALL + SLACK, {}, "STANDFAST_PUBLIC_URL is not set here"),
    "a secret that is not set": (
        channel("secret:ANNA_NTFY"),
        PUBLIC,
        "channels.phone: is not checked: STANDFAST_SECRET_ANNA_NTFY is not set here",
    ),
    "a secret that is no URL": (
        channel("secret:ANNA_NTFY"),
        PUBLIC | {"STANDFAST_SECRET_ANNA_NTFY": f'"ntfys://{TOKEN}@ntfy.example/anna"'},
        "channels.phone: begins with what is no kind of channel",
    ),
    "a scheme": (
        channel("nfty://ntfy.example/anna"),
        PUBLIC,
        "begins with what is no kind of channel",
    ),
    "a URL of mail": (channel("mailto://mail.example"), PUBLIC, "not a URL that Apprise can read"),
    "a step through a channel that nobody has": (
        SMALL + "paging: {P1: [{page: on_call, through: [smss]}]}\n",
        {},
        "paging.P1.0.through: nobody in the policy has a channel 'smss'",
    ),
    "mail: a reply address with a tag": (
        SMALL + "mail: {reply_address: help+1@tiny.example}\n",
        {},
        "must be without `+`",
    ),
    "mail: a reply address too long": (
        SMALL + f"mail: {{reply_address: {'h' * 20}@tiny.example}}\n",
        {},
        "must have at most 19 characters before the `@`",
    ),
    "mail: not one of the mailboxes": (
        SMALL + MAIL + "  mailboxes: [{address: desk@tiny.example}]\n",
        {},
        "is not one of `mail.mailboxes`",
    ),
    "mail: an address that nobody sees": (
        channel("secret:ANNA") + MAIL,
        {"STANDFAST_SECRET_ANNA": MAILTO},
        "replies of anna to pages do not count",
    ),
    "mail: an address that is not accepted": (
        channel(MAILTO) + "mail: {senders: [tiny.example]}\n",
        {},
        "replies of anna to pages are set aside: anna@home.example",
    ),
    "mail: the address of a server for its name": (
        SMALL + MAIL + "  trusted_server: https://mx.tiny.example\n",
        {},
        "must be the name alone that your mail server writes",
    ),
    "answers: a letter of another": (
        SMALL + "answers: {escalate: [a]}\n",
        {},
        "answers.escalate.0: 'a' stands for `acknowledge` in every SMS",
    ),
    "answers: a code": (
        SMALL + "answers: {escalate: ['4711']}\n",
        {},
        "'4711' would be taken for the code of an SMS",
    ),
    "ntfy: by Apprise": (
        channel("https://ntfy.sh/anna-7f3k2qxwm4tz5b"),
        PUBLIC,
        "goes through Apprise, without buttons: write ntfys://HOST/TOPIC",
    ),
    "ntfy: without TLS": (
        channel("ntfy://ntfy.example/anna"),
        PUBLIC,
        "is without TLS, so pages can be read on their way: write ntfys://",
    ),
    "ntfy: a topic that can be guessed": (
        channel("ntfys://ntfy.sh/anna"),
        PUBLIC,
        "has a topic that can be guessed",
    ),
    "ntfy: a topic": (
        channel("ntfy://ntfy.example/an na"),
        {},
        "has a topic that ntfy does not take",
    ),
    "ntfy: a priority": (
        channel("ntfy://ntfy.example/anna?priority=high"),
        {},
        "has a priority that ntfy does not know; it goes from 1 to 5",
    ),
    "ntfy: an option": (
        channel("ntfy://ntfy.example/anna?prio=5"),
        {},
        "has a parameter that ntfy channels do not know",
    ),
    "web push: no https": (
        channel("webpush://"),
        {"STANDFAST_PUBLIC_URL": "http://desk.example"},
        "browsers take pushes from https addresses only",
    ),
    "web push: something behind it": (
        channel("webpush://anna"),
        PUBLIC,
        "takes nothing behind webpush://",
    ),
    "web push: no other channel": (
        channel("webpush://"),
        PUBLIC,
        "anna has no channel but webpush://",
    ),
    "web push: a key": (
        channel("webpush://"),
        PUBLIC | {"STANDFAST_PUSH_KEY": "abc"},
        "STANDFAST_PUSH_KEY: must be 64 hexadecimal characters",
    ),
    "SMS: by Apprise": (
        channel(f"twilio://{ACCOUNT}:{TOKEN}@+15005550006/+4930123456"),
        PUBLIC,
        "so nobody can answer it by a code: write twilio-sms://",
    ),
    "SMS: an API key": (sms("SK" + "1" * 32), PUBLIC, "has an API key in place of the Account SID"),
    "SMS: no account": (sms("ACCOUNT"), PUBLIC, "must begin with the Account SID"),
    "SMS: a token": (sms(token="secret"), PUBLIC, "has an Auth Token that cannot be one"),
    "SMS: our number": (sms(ours="Standfast"), PUBLIC, "names a sender that cannot be ours"),
    "SMS: their number": (sms(to="0301"), PUBLIC, "ends with what is no number"),
    "SMS: no address for answers": (sms(), {}, "nobody can answer them: STANDFAST_PUBLIC_URL"),
    "Slack: a token that is not set": (
        SMALL + SLACK,
        {},
        "chat.slack.app_token: is not checked: STANDFAST_SECRET_SLACK_APP is not set here",
    ),
    "Slack: the tokens the wrong way round": (
        SMALL + SLACK,
        {"STANDFAST_SECRET_SLACK_BOT": "xapp-1"},
        "STANDFAST_SECRET_SLACK_BOT does not begin with xoxb-",
    ),
    "Slack: a token for the signing secret": (
        SMALL + SIGNED,
        {"STANDFAST_SECRET_SLACK_SIGNING": "xoxb-1"},
        "STANDFAST_SECRET_SLACK_SIGNING is a token",
    ),
    "chat: somebody whom it cannot know": (
        SMALL + SLACK,
        {},
        "because they have no `addresses`, so no button works for them: anna",
    ),
    "chat: two people with one address": (
        twins(),
        {},
        "cannot tell which of anna, bert somebody with the address both@tiny.example is",
    ),
    "own channels: no placeholder": (
        methods(f"ntfy://{TOKEN}@ntfy.example/x"),
        {},
        "must have one placeholder",
    ),
    "own channels: a number for mail": (
        methods("mailto://user:pass@mail.example/?to={number}"),
        {},
        "sends mail, and asks for {number}: write {address}",
    ),
    "own channels: none are offered": (
        SMALL + "contact_demands: {verified: 2}\n",
        {},
        "contact_demands.verified: nobody can have a channel of their own",
    ),
    "own channels: in the name of the host": (
        SMALL + 'contact_methods: {push: "ntfy://{topic}"}\n',
        {},
        "must not stand in the name of the host",
    ),
    "own channels: hidden, and unknown": (
        SMALL + 'contact_methods: {sms: "secret:SMS"}\n',
        {},
        "what it asks for is not seen in a secret",
    ),
    "own channels: a secret that asks for another": (
        SMALL + 'contact_methods: {sms: {url: "secret:SMS", asks_for: number}}\n',
        {"STANDFAST_SECRET_SMS": "ntfy://ntfy.example/{topic}"},
        "the template does not ask for {number}",
    ),
    "own channels: a URL of no kind": (
        SMALL + 'contact_methods: {push: "nify://ntfy.example/{topic}"}\n',
        {},
        "begins with what is no kind of channel",
    ),
    "own channels: more than is offered": (
        SMALL + "contact_demands: {methods: 2}\n",
        {},
        "asks for 2; contact_methods offers 0",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_each_is_found(
    what: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text, environment, words = WRONG[what]
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    run_command(("policy", "check", str(file)))
    said = capsys.readouterr().err
    assert words in said
    assert TOKEN not in said
