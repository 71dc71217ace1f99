"""Which mail is set aside: whose it is, why it is told, and that any mail gets an answer."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from standfast.incidents.notification import OUR_HEADER
from standfast.mail.filter import MARKS, judge
from standfast.mail.mail import Envelope, Mail
from standfast.mail.marks.mark import ENOUGH, SetAsideKind
from standfast.mail.reading import read
from standfast.mail.senders import author_of
from standfast.policy.mail import MailRules
from tests.examples import examples
from tests.mail.judging import (
    AWAY,
    BOUNCE,
    EXCHANGE,
    OURS,
    OWN,
    QMAIL,
    RULES,
    TAKEN,
    kind,
)
from tests.mail.messages import HELP, RITA, raw

FORMS = [
    ({"reply_to": f"Klara <{RITA}>"}, RITA),
    ({"reply_to": f"{HELP}, Klara <{RITA}>"}, RITA),
    ({"x_original_from": f"Klara <{RITA}>"}, RITA),
    ({"x_original_sender": RITA}, RITA),
    ({"reply_to": HELP, "x_original_from": RITA}, RITA),
    ({}, HELP),
    ({"reply_to": "nobody"}, HELP),
]


@pytest.mark.parametrize(("headers", "author"), FORMS)
def test_from_our_own_address_with_the_person_elsewhere(
    headers: dict[str, str], author: str
) -> None:
    """zammad/zammad#2551, zammad/zammad#943: a contact form, or a group that rewrites From."""
    form = read(raw("My order is gone.", sender=f"Klara via Help <{HELP}>", **headers))
    assert author_of(form, RULES) == author
    assert judge(form, RULES).kind == (OURS if author == HELP else None)


def test_from_an_address_that_takes_no_answers() -> None:
    """freescout-help-desk/freescout#3629: the person is in Reply-To."""
    form = read(raw(sender="Website <noreply@website.example>", reply_to=RITA))
    assert author_of(form, RULES) == RITA
    assert judge(form, RULES).kind is None
    for nobody in ("wordpress", "www-data", "nao-responda", "ne-pas-repondre", "NoReply"):
        form = read(raw(sender=f"Shop <{nobody}@shop.example>", reply_to=RITA))
        assert author_of(form, RULES) == RITA
    for somebody in ("noreen", "webber", "nora.reply"):
        form = read(raw(sender=f"{somebody}@shop.example", reply_to=RITA))
        assert author_of(form, RULES) == f"{somebody}@shop.example"
    monitor = read(raw(sender="noreply@mon.example", reply_to="no-reply@mon.example"))
    assert author_of(monitor, RULES) == "noreply@mon.example"


def test_reply_to_counts_only_where_from_is_nobody_s() -> None:
    mail = read(raw(reply_to="boss@elsewhere.example"))
    assert author_of(mail, RULES) == RITA
    assert author_of(read(raw(sender=HELP, reply_to=RITA)), MailRules()) == HELP


def test_our_own_message_is_ours_whatever_else_it_says() -> None:
    looped = raw(sender=HELP, reply_to=RITA, subject="Fwd: Wiki", **{OUR_HEADER: "INC-AAAAAAAAAA"})
    assert kind(looped) == OWN


def test_the_sender_of_the_envelope() -> None:
    bounce = raw("…", subject="Undeliverable: Wiki")
    assert kind(bounce, Envelope("")) == BOUNCE
    assert kind(bounce, Envelope("rita@storyville.example")) == TAKEN
    assert kind(raw(), Envelope("")) == TAKEN


def test_only_the_domains_that_the_policy_names() -> None:
    rules = MailRules(senders=("Storyville.example",))
    assert kind(raw(), rules=rules) == TAKEN
    assert kind(raw(sender="a@desk.storyville.example"), rules=rules) == TAKEN
    for stranger in ("a@evilstoryville.example", "a@storyville.example.evil.example", "nobody"):
        assert kind(raw(sender=stranger), rules=rules) == SetAsideKind.UNKNOWN_SENDER
    assert kind(b"Subject: x\n\nx", rules=rules) == SetAsideKind.UNKNOWN_SENDER


def test_the_reason_names_the_marks_that_counted() -> None:
    away = judge(read(raw(AWAY, subject="Autosvar: Wiki")), RULES)
    assert away.reason == (
        "it is an automatic mail: its subject is that of an automatic reply: 'autosvar:'; its text "
        "says that somebody is away: 'i am away'"
    )
    assert away.weight == sum(found.mark.weight for found in away.marks) >= ENOUGH
    taken = judge(read(raw(precedence="bulk")), RULES)
    assert taken.reason == (
        "it is taken: its marks weigh 3, and 10 are needed (Precedence is bulk)"
    )


def test_no_weak_mark_is_enough_and_the_docs_list_all() -> None:
    page = (Path(__file__).parents[2] / "docs" / "mail.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    for mark in MARKS:
        weight = f"{mark.weight}".replace("-", "−")
        told = "alone" if mark.weight >= ENOUGH else weight
        assert f"| {mark.name} | {told} |" in rows, (mark.name, told)


NAMES = (
    *("Auto-Submitted", "Precedence", "X-Auto-Response-Suppress", "X-Autoreply", "List-Id", "From"),
    *("List-Unsubscribe", "List-Post", "Return-Path", "Reply-To", "Sender", "Subject", "X-Mailer"),
    *("Content-Type", "X-Failed-Recipients", "In-Reply-To", "Content-Class", "Resent-From"),
)
VALUES = (
    *("auto-replied", "auto-generated", "no", "bulk", "list", "All", "<>", "<a@x.example>", HELP),
    *("Automatic reply: x", "Undeliverable: x", "Fwd: x", "MAILER-DAEMON", "multipart/report", ""),
    *("Mozilla", "自動返信: x", "[x] Accepted: x", "(", "\x00", "=?utf-8?q?=C3?=", "postmaster@x"),
)


@settings(max_examples=examples(200), suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES) | st.text(max_size=12))),
    st.sampled_from(("", AWAY, QMAIL, EXCHANGE, "{", '{"eventType":"bounce"')) | st.text(),
)
def test_any_headers_get_an_answer_with_a_reason(headers: list[tuple[str, str]], text: str) -> None:
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    mail = read(f"{head}\r\n{text}".encode("utf-8", "replace"))
    judged = judge(mail, RULES)
    assert judged.reason
    assert "\n" not in judged.reason
    assert (judged.kind is not None) is (judged.weight >= ENOUGH)
    assert author_of(mail, RULES) or not mail.sender


HOSTILE: list[Callable[[int], Mail]] = [
    lambda size: Mail(subject="[" * size, text="(" * size),
    lambda size: Mail(subject="[a]" * size, text="\n" * size),
    lambda size: Mail(subject="*" * size, text="> " * size),
    lambda size: Mail(text='{"eventType' + " " * size),
    lambda size: Mail(subject="automatic reply " * size, text="out of the " * size),
]


@pytest.mark.parametrize("made", HOSTILE)
def test_long_texts_are_judged_quickly(made: Callable[[int], Mail]) -> None:
    assert judge(made(200_000), RULES).reason
