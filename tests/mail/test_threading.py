"""When a reply is about the incident of its thread, and when about something new."""

from datetime import datetime, timedelta

import pytest

from standfast.incidents.actors import OURSELVES
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView, TimelineEntry
from standfast.mail.mail import Mail
from standfast.mail.threading import LONG_QUIET, Thread, bare_subject, is_same_message
from standfast.mail.threading import is_new_matter as judged
from tests.records.samples import OPENED, incident

TITLE = "Chair in room 2 is broken"


def thread(title: str = TITLE, closed: bool = True, text: str = "") -> IncidentView:
    view = incident(outcome=None)
    said = TimelineEntry(number=1, at=OPENED, box=Box.REPORT, event="reported", actor="nora")
    paged = TimelineEntry(
        number=2, at=OPENED + timedelta(days=30), box=Box.RESOLVE, event="paged", actor=OURSELVES
    )
    return view.model_copy(
        update={
            "title": title,
            "status": "closed" if closed else "open",
            "timeline": (said, paged),
            "report": view.report.model_copy(update={"title": title, "description": text}),
        }
    )


def is_new_matter(mail: Mail, view: IncidentView, now: datetime, *titles: str) -> bool:
    return judged(mail, Thread(view, answered=True, titles=titles), now)


@pytest.mark.parametrize(
    ("subject", "new"),
    [
        ("Payments by card are refused", True),
        ("Re: Payments by card are refused", True),
        ("", False),
        ("Re:", False),
        (f"Re: {TITLE}", False),
        (f"AW: WG: {TITLE.upper()}", False),
        (f"Re: Is it resolved? P3 {TITLE} (INC-7F3K2QXWM4)", False),
        (f"RE: [EXTERNAL] {TITLE}", False),
        (f"Fwd: {TITLE}", False),
        (f"回复：{TITLE}", False),
        (f"Odp.: {TITLE}", False),
        ("Re: chair in room 2", False),
    ],
)
def test_a_subject_of_its_own_is_a_new_matter(subject: str, new: bool) -> None:
    """freescout-help-desk/freescout#4454."""
    assert is_new_matter(Mail(subject=subject), thread(), OPENED) is new


def test_in_an_open_thread_only_where_nobody_wrote_for_long() -> None:
    mail = Mail(subject="Payments by card are refused")
    open_one = thread(closed=False)
    assert not is_new_matter(mail, open_one, OPENED + LONG_QUIET)
    assert is_new_matter(mail, open_one, OPENED + LONG_QUIET + timedelta(seconds=1))


def test_a_title_that_was_cut_is_still_the_subject() -> None:
    long = "x " * 400
    assert not is_new_matter(Mail(subject=f"Re: {long}"), thread(f"{long[:298]}…"), OPENED)


@pytest.mark.parametrize(
    "subject",
    [
        "Re: ",
        "AW: ",
        "Re[2]: ",
        "SV: Re: ",
        "Odp: ",
        "Ynt: ",
        "YNT: ",
        "Vá: ",
        "RES: ",
        "TR: ",
        "ΑΠ: ",
    ],
)
def test_prefixes_of_many_languages_are_none_of_the_subject(subject: str) -> None:
    assert bare_subject(f"{subject}{TITLE}") == TITLE


@pytest.mark.parametrize(
    ("text", "subject", "same"),
    [
        ("The chair is broken.", TITLE, True),
        ("The  chair is\nbroken.\n\n-- \nA list", f"[list] {TITLE}", True),
        ("CAUTION: external.\nThe chair is broken.", TITLE, True),
        ("The table is broken.", TITLE, False),
        ("", TITLE, True),
        ("", "Another", False),
    ],
)
def test_a_message_id_used_again_is_another_message_where_its_text_is_another(
    text: str, subject: str, same: bool
) -> None:
    """freescout-help-desk/freescout#5591."""
    known = thread(text="The chair is broken.")
    assert is_same_message(Mail(text=text, subject=subject), known) is same


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        ("VPN", "VPN certificates expired for the whole sales team"),
        ("Mail", "Mailbox of finance is full"),
        ("Printer", "New printer for the second floor"),
        (TITLE, "Chair"),
        ("Chair in room 2 is broken", "Chair in room 3 is broken"),
        ("Server web-1 is down", "Server web-2 is down"),
        ("Printer in the shop is dead", "Phone in the shop is dead"),
    ],
)
def test_words_of_the_old_title_in_a_new_subject(title: str, subject: str) -> None:
    """zammad/zammad#5286."""
    assert is_new_matter(Mail(subject=f"Re: {subject}"), thread(title), OPENED)


@pytest.mark.parametrize(
    "subject",
    [
        *("(no subject)", "Re: (no subject)", "AW: (kein Betreff)", "<no subject>", "RE: 无主题"),
        *(f"Re: [Ticket#4711] {TITLE}", f"Re: Ticket #4711: {TITLE}", f"[#4711] Re: {TITLE}"),
        *(f"{TITLE} [Case 0001]", f"EXTERN: Re: {TITLE}", f"***SPAM*** {TITLE}"),
        *(
            "Re: Chair in room 2 is brok...",
            f"Re: {TITLE} - again",
            "RE : Ch?ir in room 2 is broken",
        ),
    ],
)
def test_marks_of_help_desks_and_programs_make_no_new_subject(subject: str) -> None:
    assert not is_new_matter(Mail(subject=subject), thread(), OPENED)


def test_a_short_title_in_the_subject_of_our_own_message() -> None:
    mail = Mail(subject="Re: Is it resolved? P3 VPN (INC-7F3K2QXWM4)")
    assert not is_new_matter(mail, thread("VPN"), OPENED)


def test_a_reply_to_an_incident_that_was_merged_has_the_title_of_that() -> None:
    """frappe/helpdesk#2539, zammad/zammad#983."""
    mail = Mail(subject="Re: Printer is dead")
    assert is_new_matter(mail, thread("Print server is down"), OPENED)
    assert not is_new_matter(mail, thread("Print server is down"), OPENED, "Printer is dead")


@pytest.mark.parametrize(
    ("text", "subject", "known"),
    [
        ("Backup failed on db1 at 10", TITLE, "Backup failed on db1 at 1"),
        ("down", "Web", "The site is down since noon"),
        ("The chair is broken.", "Lift", "Hi. The chair is broken. Since noon."),
    ],
)
def test_a_text_within_another_is_not_always_the_same(text: str, subject: str, known: str) -> None:
    """freescout-help-desk/freescout#5591: a program whose messages differ by a word."""
    assert not is_same_message(Mail(text=text, subject=subject), thread(text=known))
