"""Marks of lists: newsletters, and the programs that run mailing lists.

What a person writes to a list is not among them: a list for people says where to write to it
(`List-Post`), or numbers what is written.
"""

import re

from standfast.mail.marks.evidence import Evidence
from standfast.mail.marks.mark import ENOUGH, Mark, SetAsideKind
from standfast.mail.marks.plain import Phrases
from standfast.mail.marks.replies import is_of_tracker
from standfast.mail.marks.words_of_lists import (
    LIST_SERVER_SUBJECT,
    LIST_SERVER_TEXT,
    NEWSLETTER_TEXT,
)

_LIST_SERVER_SUBJECT, _LIST_SERVER_TEXT = Phrases(LIST_SERVER_SUBJECT), Phrases(LIST_SERVER_TEXT)

_NEWSLETTER_TEXT, _NEWSLETTER_WITHIN = Phrases(NEWSLETTER_TEXT), 400

_LIST_SERVERS = re.compile(
    r"(?:majordomo|listserv|mailman|sympa|ecartis|ezmlm|minimalist|listproc|lyris|petidomo)"
    r"(?:-(?:owner|request|bounces|admin))?@"
)
_OF_A_LIST = re.compile(
    r"[^@]+-(?:request|bounces|owner|admin|ctl|help|return|errors|confirm)(?:\+[^@]*)?@"
)
_OF_PEOPLE = (
    *("mailing-list", "x-google-group-id", "x-mail-count", "x-ml-count", "x-beenthere"),
    *("x-mailman-version", "list-subscribe", "x-spam-checked-in-group", "x-original-sender"),
    *("thread-index", "thread-topic"),
)
"""What lists for people write, and Outlook, with which people write to them."""
_NEWS = re.compile(r"(?:[^@]{0,30}[._-])?newsletters?[@.+_-]")
_MARKETING = re.compile(r"(?:news|marketing|promo(?:tion)?s?|mailings?|campaigns?|offers)[@.+_-]")
_CAMPAIGN = (
    *("x-campaign", "x-campaignid", "x-campaign-id", "x-mc-user", "x-mailchimp-id", "x-cm-message"),
    *("x-csa-complaints", "x-mailin-campaign", "x-acymailing", "x-phplist-version", "x-mailer-lid"),
)


def _for_people(mail: Evidence) -> bool:
    if is_of_tracker(mail):
        return False
    posts = any("mailto:" in value for value in mail.values("list-post"))
    answers = mail.answers and mail.is_reply
    return posts or answers or _is_at_home(mail) or bool(mail.has(*_OF_PEOPLE))


def _is_at_home(mail: Evidence) -> bool:
    """Whether it is a list of the domain of one of our mailboxes: a group in our own house."""
    domains = {mailbox.address.rpartition("@")[2] for mailbox in mail.rules.mailboxes}
    named = [value.rpartition("<")[2].rstrip("> ") for value in mail.values("list-id")]
    return any(name.endswith((f".{domain}", f"@{domain}")) for name in named for domain in domains)


def _newsletter(mail: Evidence) -> str:
    is_one = mail.has("list-id") and mail.has("list-unsubscribe") and not _for_people(mail)
    return "it is sent to subscribers (List-Id, List-Unsubscribe)" if is_one else ""


def _unsubscribe(mail: Evidence) -> str:
    is_one = mail.has("list-unsubscribe") and not mail.has("list-id") and not _for_people(mail)
    return "one can unsubscribe from it" if is_one else ""


def _one_click(mail: Evidence) -> str:
    is_one = mail.has("list-unsubscribe-post") and not _for_people(mail)
    return "one can unsubscribe from it with one click" if is_one else ""


def _campaign(mail: Evidence) -> str:
    found = mail.has(*_CAMPAIGN)
    return f"it belongs to a campaign: {found}" if found else ""


def _news(mail: Evidence) -> str:
    is_news = _NEWS.match(mail.sender) or "newsletter" in mail.sender_name.split()
    return f"it comes from {mail.sender[:80]}" if is_news else ""


def _marketing(mail: Evidence) -> str:
    is_one = _MARKETING.match(mail.sender) and not _news(mail)
    return f"it comes from {mail.sender[:80]}" if is_one else ""


def _news_text(mail: Evidence) -> str:
    found = _NEWSLETTER_TEXT.inside(mail.text[:_NEWSLETTER_WITHIN])
    return f"its text is that of a newsletter: {found!r}" if found else ""


def _administers(mail: Evidence) -> str:
    return "a list's program sent it" if mail.has("x-list-administrivia") else ""


def _list_server(mail: Evidence) -> str:
    # Sender, and the sender of the envelope, are the list for what people write, too.
    is_from = _LIST_SERVERS.match(mail.sender)
    return f"a list's program sent it: {mail.sender[:80]}" if is_from else ""


def _no_post(mail: Evidence) -> str:
    is_one = mail.has("x-mlserver") and not mail.has("x-mail-count", "x-ml-count")
    return "it is of a list's program, and none of the list's messages" if is_one else ""


def _of_a_list(mail: Evidence) -> str:
    return f"it comes from {mail.sender[:80]}" if _OF_A_LIST.match(mail.sender) else ""


def _list_subject(mail: Evidence) -> str:
    found = _LIST_SERVER_SUBJECT.words(mail.subject)
    return f"its subject is that of a list's program: {found!r}" if found else ""


def _list_text(mail: Evidence) -> str:
    found = _LIST_SERVER_TEXT.inside(mail.text)
    return f"its text is that of a list's program: {found!r}" if found else ""


_NEWSLETTER, _AUTOMATIC = SetAsideKind.NEWSLETTER, SetAsideKind.AUTOMATIC

MARKS = (
    Mark("List-Id and List-Unsubscribe of a list nobody writes to", _NEWSLETTER, 10, _newsletter),
    Mark("List-Unsubscribe alone", _NEWSLETTER, 4, _unsubscribe),
    Mark("List-Unsubscribe-Post", _NEWSLETTER, 4, _one_click),
    Mark("a header of a campaign", _NEWSLETTER, 4, _campaign),
    Mark("a sender such as newsletter", _NEWSLETTER, 6, _news),
    Mark("a sender such as marketing", _NEWSLETTER, 4, _marketing),
    Mark("a text to be viewed in a browser", _NEWSLETTER, 3, _news_text),
    Mark("X-List-Administrivia", _AUTOMATIC, ENOUGH, _administers),
    Mark("a sender such as majordomo", _AUTOMATIC, 8, _list_server),
    Mark("X-MLServer, but no message of the list", _AUTOMATIC, 6, _no_post),
    Mark("a sender such as list-request", _AUTOMATIC, 4, _of_a_list),
    Mark("the subject of a list's program", _AUTOMATIC, 6, _list_subject),
    Mark("the text of a list's program", _AUTOMATIC, 6, _list_text),
)
