"""What somebody said in a reply, and whether it is an answer."""

import pytest

from standfast.incidents.resolution import Verdict
from standfast.mail.quoting import strip_quotes
from standfast.mail.threading import bare_subject
from standfast.mail.verdict import only_agrees, verdict_in
from standfast.policy.mail import MailRules

YES, NO = Verdict.RESOLVED, Verdict.UNRESOLVED
RULES = MailRules()


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("a\n\nOn Mon, 2 Apr 2012, Bob wrote:\n> q\n> q", "a"),
        ("a\n\nOn Mon, 2 Apr 2012 at 10:00, Bob\n<bob@x.example> wrote:\n\n> q", "a"),
        ("On 04/02/2012 06:26 PM, Megan wrote:\n> Hi\nHello", "Hello"),
        ("Am 02.04.2012 um 10:00 schrieb Bob <b@x.example>:\n> q\n\na", "a"),
        ("a\n\n-----Original Message-----\nFrom: b\nSent: c\n\nq", "a"),
        ("a\n________________________________\nFrom: b\nSent: c\nTo: d\nSubject: e\n\nq", "a"),
        ("a\n\nFrom: bob@x.example\nDate: Monday\nTo: d\n\nq", "a"),
        ("a\n> q\n> q", "a"),
        ("> q\n\na", "a"),
        ("> q\na\n> q\nb", "> q\na\n> q\nb"),
        ("a\nFrom: the cellar it smells", "a\nFrom: the cellar it smells"),
        ("On Monday Ana wrote:\nnothing, and it is still broken", None),
        ("On Monday she wrote a report.\nIt is lost.", None),
        ("a\n-- \nRita\nStoryville", "a"),
        ("a\n\nSent from my iPhone", "a"),
        ("-- \nRita", "-- \nRita"),
        ("a\n-- \n" + "b\n" * 40, "a\n-- \n" + "b\n" * 39 + "b"),
        ("> only\n> a quote", "> only\n> a quote"),
        ("a\n\n---------- Forwarded message ---------\nFrom: b\n\nq", None),
        ("", ""),
        ("a\n" * 6_000, None),
    ],
)
def test_own_words(text: str, own: str | None) -> None:
    assert strip_quotes(text) == (text.strip() if own is None else own)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("fixed", YES),
        ("Fixed, thanks!", YES),
        ("Yes, it works again now. Thank you", YES),
        ("Hi Ana,\n\nit’s fixed.\n\nRita", YES),
        ("YES", YES),
        ("Solved.\nBut the shop is slow.", None),
        ("yes\n\nhowever page 7 is gone", None),
        ("Still broken!", NO),
        ("No, it's not fixed\nPage 7 still fails.", NO),
        ("no", NO),
        ("Not fixed, sorry", None),
        ("Is it fixed?", None),
        ("It is fixed on my phone", None),
        ("fixed or not fixed", None),
        ("I think so", None),
        ("thanks", None),
        ("yes " * 50, None),
        ("Dear all,", None),
        ("", None),
        ("?!", None),
    ],
)
def test_answers(text: str, says: Verdict | None) -> None:
    assert verdict_in(text, RULES) is says


def test_is_it_fixed_is_a_question() -> None:
    assert verdict_in("fixed?", RULES) is None
    assert verdict_in("It works?", RULES) is None


@pytest.mark.parametrize(
    ("text", "agrees"),
    [
        ("Thanks!", True),
        ("thank you very much", True),
        ("Hi,\nit works again", True),
        ("thanks, but page 7 fails", False),
        ("Thanks\nPage 8 is down", False),
        ("again", False),
        ("", False),
    ],
)
def test_agreement(text: str, agrees: bool) -> None:
    assert only_agrees(text, RULES) is agrees


def test_other_languages_are_the_policys() -> None:
    rules = MailRules(fixed=("läuft wieder",), not_fixed=("geht nicht",))
    assert verdict_in("Läuft wieder, danke!", rules) is YES
    assert verdict_in("Geht nicht.", rules) is NO
    assert verdict_in("fixed", rules) is None


@pytest.mark.parametrize(
    ("subject", "bare"),
    [
        ("Re: AW: Re[2]: Printer [INC-7F3K2QXWM4]", "Printer"),
        ("Re: Is it resolved? P3 Wiki (INC-7F3K2QXWM4)", "Is it resolved? P3 Wiki"),
        ("Regarding: x", "Regarding: x"),
        ("Re:", ""),
    ],
)
def test_bare_subjects(subject: str, bare: str) -> None:
    assert bare_subject(subject) == bare
