"""Marks of lists: newsletters, and the programs that run mailing lists.

What a person writes to a list is not among them: a list for people says where to write to it
(`List-Post`), or numbers what is written.
"""

import re

from standfast.mail.marks.evidence import Evidence
from standfast.mail.marks.mark import ENOUGH, Mark, SetAsideKind
from standfast.mail.marks.plain import Phrases
from standfast.mail.marks.words_of_servers import LIST_SERVER_SUBJECT, LIST_SERVER_TEXT

_LIST_SERVER_SUBJECT, _LIST_SERVER_TEXT = Phrases(LIST_SERVER_SUBJECT), Phrases(LIST_SERVER_TEXT)

_LIST_SERVERS = re.compile(
    r"(?:majordomo|listserv|mailman|sympa|ecartis|ezmlm|minimalist|listproc|lyris|petidomo)"
    r"(?:-(?:owner|request|bounces|admin))?@"
)
_OF_A_LIST = re.compile(r"[^@]+-(?:request|bounces|owner|admin|ctl|help|return|errors)@")
_OF_PEOPLE = (
    *("mailing-list", "x-google-group-id", "x-mail-count", "x-ml-count", "x-beenthere"),
    *("x-mailman-version", "list-subscribe"),
)
_NEWS = re.compile(r"(?:news(?:letter)?s?|marketing|promo(?:tion)?s?|mailings?|campaigns?)[@.+_-]")
_CAMPAIGN = (
    *("x-campaign", "x-campaignid", "x-campaign-id", "x-mc-user", "x-mailchimp-id", "x-cm-message"),
    *("x-csa-complaints", "x-mailin-campaign", "x-acymailing", "x-phplist-version", "x-mailer-lid"),
)


def _for_people(mail: Evidence) -> bool:
    posts = [value for value in mail.values("list-post") if not value.startswith("no")]
    return bool(posts or mail.has(*_OF_PEOPLE))


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
    return f"it comes from {mail.sender[:80]}" if _NEWS.match(mail.sender) else ""


def _administers(mail: Evidence) -> str:
    return "a list's program sent it" if mail.has("x-list-administrivia") else ""


def _list_server(mail: Evidence) -> str:
    found = next((one for one in mail.senders if _LIST_SERVERS.match(one)), "")
    # The sender of the envelope is the list for what people write, too.
    is_from = bool(_LIST_SERVERS.match(mail.sender))
    return f"a list's program sent it: {found[:80]}" if is_from else ""


def _no_post(mail: Evidence) -> str:
    is_one = mail.has("x-mlserver") and not mail.has("x-mail-count", "x-ml-count")
    return "it is of a list's program, and none of the list's messages" if is_one else ""


def _of_a_list(mail: Evidence) -> str:
    return f"it comes from {mail.sender[:80]}" if _OF_A_LIST.match(mail.sender) else ""


def _list_subject(mail: Evidence) -> str:
    found = _LIST_SERVER_SUBJECT.beginning(mail.subject)
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
    Mark("a sender such as newsletter", _NEWSLETTER, 4, _news),
    Mark("X-List-Administrivia", _AUTOMATIC, ENOUGH, _administers),
    Mark("a sender such as majordomo", _AUTOMATIC, 8, _list_server),
    Mark("X-MLServer, but no message of the list", _AUTOMATIC, 6, _no_post),
    Mark("a sender such as list-request", _AUTOMATIC, 4, _of_a_list),
    Mark("the subject of a list's program", _AUTOMATIC, 6, _list_subject),
    Mark("the text of a list's program", _AUTOMATIC, 6, _list_text),
)
