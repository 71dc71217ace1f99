"""Whose mail it is, and what a hostile sender writes to be taken for another."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.mail.authentication import unauthenticated
from standfast.mail.identity import identity_of, shown_address
from standfast.mail.reading import read
from standfast.mail.reports import reporter_of
from standfast.policy.mail import MailRules

RITA = "rita@storyville.example"
RULES = MailRules()
TRUSTING = MailRules(trusted_server="mx.storyville.example")


def mail(*headers: str, rules: MailRules = RULES) -> tuple[str, str]:
    raw = "".join(f"{header}\r\n" for header in (*headers, "Subject: x", "", "fixed"))
    return identity_of(read(raw.encode()), rules)


PLAIN = [
    f"From: {RITA}",
    f"From: <{RITA}>",
    f"From: Rita <{RITA}>",
    f'From: "Pool, Rita (wiki)" <{RITA}>',
    f"from : =?utf-8?q?Rita?= <{RITA.upper()}>",
    f"From: Rita\r\n <{RITA}>",
]


@pytest.mark.parametrize("header", PLAIN)
def test_one_plain_address(header: str) -> None:
    assert mail(header) == (RITA, "")


NOT_ONE = [
    "From:",
    "From: rita",
    "From: Rita <>",
    f"From: {RITA}, mallory@evil.example",
    f"From: Rita <{RITA}>, Mallory <mallory@evil.example>",
    f"From: <{RITA}><mallory@evil.example>",
    f"From: {RITA} <mallory@evil.example>",
    f"From: Staff: {RITA};",
    f"From: Staff: Rita <{RITA}>;",
    f"From: {RITA} (mallory)",
    "From: rita(at home)@storyville.example",
    "From: rita@(evil.example)storyville.example",
    'From: "rita"@storyville.example',
    f'From: "{RITA}>x<"@evil.example',
    f"From: <@evil.example:{RITA}>",
    f"From: <{RITA}> trailing",
    "From: rita@[127.0.0.1]",
    "From: rita@localhost",
    "From: rita@storyville.example.",
    "From: rita@storyv\u0456lle.example",
    "From: r\u0456ta@storyville.example",
    "From: rita@bücher.example",
    f"From: =?utf-8?q?{RITA}?=",
    f"From: =?utf-8?q?Rita_<{RITA}>?=",
]


@pytest.mark.parametrize("header", NOT_ONE)
def test_what_is_not_exactly_one_plain_address(header: str) -> None:
    address, doubt = mail(header)
    assert (address, doubt) == ("", "its From is not exactly one plain address")


@pytest.mark.parametrize(
    ("headers", "doubt"),
    [
        (("To: help@x.example",), "it has no From headers"),
        ((f"From: {RITA}", "From: mallory@evil.example"), "it has 2 From headers"),
        ((f"From: {RITA}", f"FROM : {RITA}"), "it has 2 From headers"),
        ((*["X-Junk: x"] * 350, f"From: {RITA}"), "it has no From headers"),
    ],
)
def test_not_one_from(headers: tuple[str, ...], doubt: str) -> None:
    assert mail(*headers) == ("", doubt)


@pytest.mark.parametrize(
    ("header", "doubt"),
    [
        ("Sender: mallory@evil.example", "its Sender is not who its From says"),
        (f"Sender: {RITA}, mallory@evil.example", "its Sender is not who its From says"),
        (f"Sender: {RITA}", ""),
        ("Resent-From: mallory@evil.example", "somebody else sent it on (resent-from)"),
        (f"Resent-From: {RITA}", "somebody else sent it on (resent-from)"),
        ("Reply-To: mallory@evil.example", ""),
    ],
)
def test_who_else_is_named(header: str, doubt: str) -> None:
    assert mail(f"From: {RITA}", header) == (RITA, doubt)


def test_another_from_is_not_hidden_behind_more_headers_than_are_read() -> None:
    junk = [f"X-Junk-{number}: x" for number in range(350)]
    _, doubt = mail(f"From: {RITA}", *junk, "From: mallory@evil.example")
    assert doubt == "it has so many headers that there may be another From"
    assert mail(f"From: {RITA}", *junk[:200]) == (RITA, "")


def test_nobody_becomes_another_by_reply_to() -> None:
    assert mail("From: mallory@evil.example", f"Reply-To: {RITA}")[0] == "mallory@evil.example"
    assert mail("From: noreply@evil.example", f"Reply-To: {RITA}")[0] == "noreply@evil.example"


@pytest.mark.parametrize(
    ("sender", "shown"),
    [
        (RITA, RITA),
        ("jürg@bücher.example", "jürg@bücher.example"),
        ("łukasz@żabka.example", "łukasz@żabka.example"),
        ("rita@storyv\u0456lle.example", "rita@xn--storyvlle-09h.example"),
        ("r\u0456ta@storyville.example", "r\\u0456ta@storyville.example"),
        ("rıta@storyville.example", "r\\u0131ta@storyville.example"),
        ("rita\u200b@storyville.example", "rita\\u200b@storyville.example"),
        ("rita\u202e@storyville.example", "rita\\u202e@storyville.example"),
        ("Ana (on call)", ""),
        ("ana", ""),
        ("", ""),
    ],
)
def test_an_address_passes_for_no_other_and_a_name_for_nobody(sender: str, shown: str) -> None:
    assert shown_address(sender) == shown


@pytest.mark.parametrize(
    ("header", "reporter"),
    [
        ('From: "Ana (on call)" <mallory@evil.example>', "mallory@evil.example"),
        (f'From: "{RITA}" <mallory@evil.example>', "mallory@evil.example"),
        ("From: ana", ""),
        ("From: Ana Berg (on call)", ""),
        ("From: =?utf-8?b?YW5h?= <>", ""),
    ],
)
def test_a_display_name_is_nobodys_name(header: str, reporter: str) -> None:
    assert reporter_of(read(f"{header}\r\nSubject: x\r\n\r\nfixed".encode())) == reporter


MX = "mx.storyville.example"
BELIEVED = [
    f"{MX}; dmarc=pass header.from=storyville.example",
    f"{MX} 1; spf=fail smtp.mailfrom=x@evil.example; dmarc=pass (p) header.from=Storyville.example",
    "MX.Storyville.example;\r\n\tdkim=pass header.d=storyville.example; dmarc=none",
    f"{MX}; dkim=pass (1024-bit key; unprotected) header.i=@storyville.example",
    f"{MX}; spf=pass smtp.mailfrom=rita@storyville.example",
    f'{MX}; spf=pass reason="a; dmarc=fail" smtp.mailfrom=storyville.example',
]
NOT_BELIEVED = [
    "",
    f"{MX}",
    f"{MX}; none",
    f"{MX}; dmarc=fail header.from=storyville.example",
    f"{MX}; dmarc=pass header.from=evil.example",
    f"{MX}; dmarc=pass header.from=storyville.example; dmarc=fail header.from=storyville.example",
    f"{MX}; dkim=pass header.d=storyville.example; dmarc=fail header.from=storyville.example",
    f"{MX}; dkim=pass header.d=evil.example",
    f"{MX}; dkim=pass header.d=example",
    f"{MX}; dkim=pass header.d=xstoryville.example",
    f"{MX}; dkim=pass header.d=students.storyville.example",
    f"{MX}; dkim=fail header.d=storyville.example",
    f"{MX}; spf=softfail smtp.mailfrom=rita@storyville.example",
    f"{MX}; spf=pass smtp.helo=storyville.example",
    f'{MX}; spf=pass smtp.mailfrom="x; dmarc=pass header.from=storyville.example"@evil.example',
    f"{MX}; spf=fail (; dmarc=pass header.from=storyville.example) smtp.mailfrom=evil.example",
    f"{MX}; dkim=fail dmarc=pass header.from=storyville.example",
    f"({MX}); dmarc=pass header.from=storyville.example",
    "evil.example; dmarc=pass header.from=storyville.example",
    f"{MX}.evil.example; dmarc=pass header.from=storyville.example",
    f'"{MX}; dmarc=pass header.from=storyville.example',
    f"{MX}; dkim=pass header.d=evil.example header.i=x header.d=storyville.example",
    f"{MX}; dmarc=pass header.from=evil.example header.from=storyville.example",
]


@pytest.mark.parametrize("value", BELIEVED)
def test_what_the_trusted_server_confirms(value: str) -> None:
    assert unauthenticated((value,), MX, "storyville.example") == ""


@pytest.mark.parametrize("value", NOT_BELIEVED)
def test_what_it_does_not_confirm(value: str) -> None:
    assert unauthenticated((value,), MX, "storyville.example")


def test_only_the_topmost_of_the_trusted_server_counts() -> None:
    good = f"{MX}; dmarc=pass header.from=storyville.example"
    bad = f"{MX}; dmarc=fail header.from=storyville.example"
    long = f"{bad}; dkim=fail header.d={'x' * 9_000}.example"
    other = "mx.evil.example; dmarc=pass header.from=storyville.example"
    for values in ((bad, good), (other, bad, good), (other,), (), (long, good)):
        assert unauthenticated(values, MX, "storyville.example")
    for values in ((good, bad), (other, good), (bad.replace(MX, "mx.evil.example"), good)):
        assert unauthenticated(values, MX, "storyville.example") == ""


def test_the_header_is_read_from_the_mail_and_without_a_policy_it_is_nothing() -> None:
    good = f"Authentication-Results: {MX}; dmarc=pass header.from=storyville.example"
    assert mail(good, f"From: {RITA}", rules=TRUSTING) == (RITA, "")
    _, doubt = mail(f"From: {RITA}", rules=TRUSTING)
    assert doubt == f"{MX} says nothing of who sent it"
    assert mail(good.replace("pass", "fail"), f"From: {RITA}") == (RITA, "")


@settings(max_examples=80)
@given(st.text(st.sampled_from('"\\();=. \t') | st.characters(codec="utf-8"), max_size=80))
def test_whatever_stands_there_it_is_read(text: str) -> None:
    identity_of(read(f"From: {text}\r\nSubject: x\r\n\r\n".encode()), TRUSTING)
    unauthenticated((text, f"{MX}; {text}"), MX, "storyville.example")
    assert shown_address(text).isprintable() or not text.isprintable()
