"""The words of a message for one channel: its content in the form of the channel.

Pure: the same content, form, zone and moment give the same words.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from standfast.incidents.channel_form import ChannelForm
from standfast.incidents.message_content import MessageContent
from standfast.incidents.notification import Audience, Notification, Purpose
from standfast.messages.message import words_of
from standfast.notification.sms_text import plain, sms_length
from standfast.notification.spoken import spoken, spoken_time
from standfast.policy.pages import NEVER_LEFT_OUT, PageTemplates, Part, parse

LONGEST_PUSH = 160
"""Characters of title and text together."""

LONGEST_TITLE = 120
"""Characters of what is broken, in a title of a mail or in a chat; it stands in full below."""

LONGEST_SPOKEN = 200
_LONGEST_NEWS = 3 * LONGEST_SPOKEN

_SHORTEST_WHAT = 40
"""What is broken is not cut further than to this before other parts are left out; nor is news."""

_NOTHING = ""
"""Stands for the parts that have words only."""

_LEFT_OUT_FIRST = (
    *("evidence", "title", "category", "reporter", "service", "why", "link", "others"),
    _NOTHING,
)
_IN_SENTENCES = (ChannelForm.PUSH, ChannelForm.SMS, ChannelForm.VOICE)
"""Forms whose lines are sentences; others name what a line is about first."""

_LEFT_OUT_LAST = ("since", "affected", "asked")
"""The parts without which a message that is too long still makes sense."""

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_MONTHS_SPOKEN = [
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
]
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_DAYS_SPOKEN = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


@dataclass(frozen=True)
class AnswerWays:
    """How this message can be answered, and where more is seen.

    reply: how, in the words of the form: `Reply 1 to acknowledge`, `Press 1 to acknowledge`.
    link: the page on which the person answers; empty for none, or where a button leads there.
    console: where the incident is seen. command: what to type, for where nothing else is.
    fixed, not_fixed: the links by which a reporter answers.
    """

    reply: str = ""
    link: str = ""
    console: str = ""
    command: str = ""
    fixed: str = ""
    not_fixed: str = ""


NO_WAYS = AnswerWays()


class Words(NamedTuple):
    """A message in words. A form without titles has all of them in the body."""

    title: str
    body: str


_COMMANDS = MappingProxyType(
    {
        Purpose.PAGE: "standfast acknowledge {incident} --by YOU",
        Purpose.WORSE: "standfast show {incident}",
        Purpose.WARN: "standfast resolve {incident} --by YOU --summary WHAT-YOU-DID",
        Purpose.APPROVE: "standfast approve {incident} --by YOU   (or: deny, delegate)",
        Purpose.CONFIRM: "standfast verify {incident} --by YOU --resolved   (or: --unresolved)",
    }
)

_TO_REPORTERS = MappingProxyType(
    {
        True: (
            "{asked} {priority} {what} ({incident})",
            "{why}",
            "",
            "Service: {service}",
            "Reported by: {reporter}",
            "Category: {category}",
            "",
            "{answer}",
        ),
        False: ("{asked} {what}.", "{why}", "{answer}"),
    }
)
"""Whether there is room for the whole. What is said to reporters is not the policy's to change."""


def command_of(message: Notification) -> str:
    """What to type to answer it; empty where nothing is asked."""
    if message.incident_id:
        return _COMMANDS.get(message.purpose, "").replace("{incident}", message.incident_id)
    of_digest = f"standfast acknowledge INCIDENT --by YOU\nstandfast list --team {message.team}"
    return of_digest if message.team and message.purpose is Purpose.PAGE else ""


def worded(
    notification: Notification,
    form: ChannelForm,
    templates: PageTemplates,
    *,
    zone: str,
    at: datetime,
    ways: AnswerWays = NO_WAYS,
) -> Words:
    """A message in the words of a form.

    zone: the time zone of the person. at: when it is sent, for `40 s ago` and `yesterday`.
    """
    content = notification.content
    if content is None:
        return _as_given(notification, form, ways)
    whole = form in (ChannelForm.MAIL, ChannelForm.CHAT)
    to_reporter = notification.audience is Audience.REPORTER
    parts = (
        tuple(map(parse, _TO_REPORTERS[whole]))
        if to_reporter
        else templates.template(form, notification.purpose)
    )
    values = _values(notification, content, form, templates, zone, at, ways)
    if to_reporter:
        values["asked"] += "" if values["asked"].endswith("?") else ":"
    if form is ChannelForm.PUSH:
        return _never_empty(_push(parts, values))
    if form in (ChannelForm.SMS, ChannelForm.VOICE):
        if form is ChannelForm.VOICE:
            return Words("", _fitted(parts, values, _sentences, _fits_spoken))
        # Also what the policy itself says: one such sign would more than halve the SMS.
        return Words("", _fitted(parts, values, lambda kept: plain(_sentences(kept)), _fits_sms))
    return _never_empty(_whole(parts, values, to_reporter=to_reporter))


def _never_empty(words: Words) -> Words:
    """Services refuse a message without a text: where all is in the title, it is said again."""
    return words if words.body else Words(words.title, words.title)


def _as_given(notification: Notification, form: ChannelForm, ways: AnswerWays) -> Words:
    """What has its words already, such as a notice to operators: on a small screen the title."""
    title, body = " ".join(notification.title.split()), notification.body
    if form is ChannelForm.VOICE:
        return Words("", spoken(title))
    if form is ChannelForm.SMS:
        return Words("", _cut(plain(title), LONGEST_PUSH))
    return _never_empty(Words(title, "\n\n".join(filter(None, (body, ways.console)))))


def _values(
    notification: Notification,
    content: MessageContent,
    form: ChannelForm,
    templates: PageTemplates,
    zone: str,
    at: datetime,
    ways: AnswerWays,
) -> dict[str, str]:
    """What fills each placeholder, in the form's own words."""
    purpose = notification.purpose
    priority = f"{notification.priority} ({content.was})" if content.was else notification.priority
    values = {
        "priority": priority,
        "what": content.what,
        "title": content.title,
        "affected": _begun(content.affected) if form in _IN_SENTENCES else content.affected,
        "since": _since(content.since, ZoneInfo(zone), at, form),
        "asked": templates.asks.of(purpose),
        "others": ", ".join(content.others),
        "answer": _answer(form, ways),
        "why": content.why,
        "news": content.what if content.secret else _news(content, at),
        "service": content.service,
        "category": content.category,
        "reporter": content.reporter,
        "evidence": "\n".join(content.evidence),
        "incident": notification.incident_id,
        "link": ways.console,
    }
    if form is ChannelForm.SMS:
        return {name: plain(value) for name, value in values.items()}
    if form is ChannelForm.VOICE:
        said = {name: spoken(value) for name, value in values.items()}
        said["what"] = _cut(said["what"], LONGEST_SPOKEN, "")
        return said
    return values


def _begun(words: str) -> str:
    """With a capital, for the beginning of a sentence."""
    return words[:1].upper() + words[1:]


def _news(content: MessageContent, at: datetime) -> str:
    """`george has it, 40 s ago`, or that it is over."""
    if content.happened_at is None:
        return content.why
    ago = max(at - content.happened_at, timedelta())
    return f"{content.why}, {words_of(ago)} ago"


def _answer(form: ChannelForm, ways: AnswerWays) -> str:
    """How to answer: what is least work first. A command is for where nothing else is."""
    if ways.fixed:
        if form in (ChannelForm.MAIL, ChannelForm.CHAT):
            return f"Fixed: {ways.fixed}\n\nNot fixed: {ways.not_fixed}"
        return ways.fixed.partition("?")[0]
    if form is ChannelForm.VOICE:
        return ways.reply
    if form is ChannelForm.SMS:
        # A link takes half of it.
        return ways.reply or ways.link
    if form is ChannelForm.PUSH:
        return " ".join(filter(None, (ways.reply, ways.link)))
    best = "\n\n".join(filter(None, (ways.reply, ways.link)))
    return best or ways.command


def _since(moment: datetime | None, zone: ZoneInfo, at: datetime, form: ChannelForm) -> str:
    """When it began, by the clock where the person is; with the day where that is another."""
    if moment is None:
        return ""
    there, now = moment.astimezone(zone), at.astimezone(zone)
    days = (now.date() - there.date()).days
    if form is ChannelForm.VOICE:
        time = spoken_time(there)
        if days in (0, 1):
            return f"yesterday, {time}" if days else time
        is_of_this_week = 0 < days < len(_DAYS_SPOKEN)
        day = (
            _DAYS_SPOKEN[there.weekday()]
            if is_of_this_week
            else f"{_MONTHS_SPOKEN[there.month - 1]} {there.day}"
        )
        return f"{day}, {time}"
    time = f"{there.hour:02}:{there.minute:02}"
    # Without a zone of the person's own it must be said which one this is.
    if zone.key == "UTC" or form in (ChannelForm.MAIL, ChannelForm.CHAT):
        time = f"{time} {there.tzname()}"
    if days == 0:
        return time
    if days == 1:
        return f"yesterday {time}"
    year = "" if there.year == now.year else f" {there.year}"
    return f"{_DAYS[there.weekday()]} {there.day} {_MONTHS[there.month - 1]}{year} {time}"


def _whole(parts: Sequence[Part], values: dict[str, str], *, to_reporter: bool) -> Words:
    """Title and text with all that is known, part by part on lines of their own."""
    what = values["what"]
    if len(what) > LONGEST_TITLE:
        if to_reporter:
            values["why"] = f"{values['why']}\n\n{what}"
        values["title"] = " / ".join(filter(None, (what, values["title"])))
    title = _tidy(parts[0].filled(values | {"what": _cut(what, LONGEST_TITLE)}))
    lines: list[str] = []
    for part in parts[1:]:
        if not part.placeholders and not any(words for words, _ in part.pieces):
            lines += [""] if lines and lines[-1] else []
        elif _is_known(part, values):
            lines.append(part.filled(values))
    return Words(title, "\n".join(lines).rstrip())


def _push(parts: Sequence[Part], values: dict[str, str]) -> Words:
    """The first part is the title; both together are short."""

    def joined(kept: Iterable[str]) -> str:
        title, *rest = kept
        return "\n".join((_tidy(title), _sentences(rest)))

    whole = _fitted(parts, values, joined, lambda text: len(text) <= LONGEST_PUSH, title=True)
    title, _, body = whole.partition("\n")
    return Words(title, body)


def _fitted(
    parts: Sequence[Part],
    values: dict[str, str],
    joined: Callable[[Iterable[str]], str],
    fits: Callable[[str], bool],
    *,
    title: bool = False,
) -> str:
    """The parts in words, as many as fit: less needed ones are left out, what is broken is cut.

    Where not even that fits, such as with a very long link, it is longer: the answer stays.
    """
    kept = [
        part
        for number, part in enumerate(parts)
        if (title and not number) or _is_known(part, values)
    ]
    what = values["what"]

    def text(longest: int | None = None) -> str:
        cut = values if longest is None else values | {"what": _cut(what, longest, "...")}
        return joined(part.filled(cut) for part in kept)

    def leave_out(names: Iterable[str]) -> bool:
        """Leave such parts out one by one until it fits; whether it does."""
        for name in names:
            if fits(text(_SHORTEST_WHAT)):
                return True
            for part in kept[int(title) :]:
                is_meant = name in part.placeholders if name else not part.placeholders
                if is_meant and not part.placeholders & NEVER_LEFT_OUT:
                    kept.remove(part)
        return fits(text(_SHORTEST_WHAT))

    if fits(text()):
        return text()
    if not (leave_out(_LEFT_OUT_FIRST) or leave_out(_LEFT_OUT_LAST)):
        for longest in range(min(len(values["news"]), _LONGEST_NEWS), _SHORTEST_WHAT - 1, -1):
            values = values | {"news": _cut(values["news"], longest, "...")}
            if fits(text(_SHORTEST_WHAT)):
                break
    shortest = _SHORTEST_WHAT // 2
    return next(
        (short for longest in range(len(what), shortest, -1) if fits(short := text(longest))),
        text(shortest),
    )


def _is_known(part: Part, values: dict[str, str]) -> bool:
    """Whether there is something to say: what is needed most stays without the rest of its part."""
    needed = part.placeholders & NEVER_LEFT_OUT or part.placeholders
    return all(values[name] for name in needed)


def _sentences(parts: Iterable[str]) -> str:
    return " ".join(filter(None, map(_tidy, parts)))


def _tidy(part: str) -> str:
    """In one line, without what an empty placeholder left behind."""
    return " ".join(part.split()).replace(" ()", "").strip()


def _cut(text: str, most: int, mark: str = "…") -> str:
    if len(text) <= most:
        return text
    return f"{text[: max(most - len(mark), 0)].rstrip()}{mark}"


def _fits_sms(text: str) -> bool:
    return sms_length(text).fits


def _fits_spoken(text: str) -> bool:
    return len(text) <= _LONGEST_NEWS
