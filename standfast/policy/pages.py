"""The words of pages: a template for each form of channel, made of parts.

`{what}` in a part is a placeholder, out of a closed set. A part in which something is not known is
left out, so `Since {since}.` says nothing where nobody knows; but never what is broken, how to
answer or the news. Nothing is ever executed, and what is
filled in is never read as a template again. A brace that means itself is doubled.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from string import Formatter
from types import MappingProxyType
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, Field

from standfast.incidents.actions import ACTIONS, Action
from standfast.incidents.channel_form import ChannelForm
from standfast.incidents.notification import Purpose
from standfast.messages.message import Line, OptionalLine, at_most
from standfast.policy.section import Section

PLACEHOLDERS: Mapping[str, str] = MappingProxyType(
    {
        "priority": "how urgent it is",
        "what": "what is broken",
        "title": "the incident's title, where `{what}` is another or is cut",
        "affected": "whom it hurts",
        "since": "since when, in the person's time zone",
        "asked": "what is asked of the person: the words of `asks`",
        "others": "who else was called",
        "answer": "how to answer: a link, a reply, a key",
        "why": "why they get this message",
        "news": "what has happened: that somebody has it, that it is over; only in `news`",
        "service": "the service",
        "category": "the category",
        "reporter": "who reported it",
        "evidence": "what else is known, line by line",
        "incident": "the incident's id",
        "link": "where the incident is seen",
    }
)
"""What may stand in braces, and what it stands for."""

IN_REPLIES: Mapping[str, str] = MappingProxyType(
    {
        "code": "what the person sends to acknowledge",
        "acknowledge": "the key that acknowledges",
        "escalate": "the key that escalates",
        "decline": "the key for “not me”",
        "repeat": "the key that says it again",
        "answers": "the first word of each answer that the policy has, in quotation marks",
    }
)
"""The same for `replies`."""

_NOT_SPOKEN = frozenset({"incident", "link", "evidence", "title"})
MOST_PARTS = 40


_ENDS = (".", "!", "?", "…")

NEVER_LEFT_OUT = frozenset({"what", "answer", "news"})
"""A part with one of these stays, without what in it is not known."""

MOST_OWN_WORDS = 60
"""Characters that the parts which stay add to these, where there is room for 160 in all."""


class Part(NamedTuple):
    """A part of a template as its pieces: words, and names of placeholders."""

    pieces: tuple[tuple[str, str], ...]

    @property
    def placeholders(self) -> frozenset[str]:
        """The names that stand in braces."""
        return frozenset(name for _, name in self.pieces if name)

    def filled(self, values: Mapping[str, str]) -> str:
        """The part in words; `values` by placeholder. A sentence that ends gets no second end."""
        text = ""
        for words, name in self.pieces:
            text += words[1:] if words[:1] == "." and text.endswith(_ENDS) else words
            text += values.get(name, "")
        return text

    @property
    def words_of_its_own(self) -> str:
        """What it says whatever is filled in."""
        return "".join(words for words, _ in self.pieces)


_OF_PAGES = tuple(PLACEHOLDERS)


@lru_cache(maxsize=2_048)
def parse(text: str, known: tuple[str, ...] = _OF_PAGES) -> Part:
    """The part that `text` writes, with these placeholders.

    Raises:
        ValueError: a brace is wrong or a placeholder unknown, in words for whoever wrote it.
    """
    try:
        found = list(Formatter().parse(text))
    except ValueError as wrong:
        raise ValueError(f"{wrong}; a brace that means itself is doubled") from None
    for _, name, spec, conversion in found:
        if name is not None and (name not in known or spec or conversion):
            there_are = ", ".join(f"{{{each}}}" for each in known)
            raise ValueError(f"{{{name}}} is not known here; there are: {there_are}")
    return Part(tuple((words, name or "") for words, name, _, _ in found))


def _wellformed(text: str) -> str:
    parse(text)
    return text


PartText = Annotated[OptionalLine, at_most(300), AfterValidator(_wellformed)]
"""One part of a template; an empty one is an empty line, in mail and chat."""

Template = Annotated[tuple[PartText, ...], Field(min_length=1, max_length=MOST_PARTS)]
"""The parts in their order. In push, mail and chat the first one is the title."""


def _with(*needed: str) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    def check(parts: tuple[str, ...]) -> tuple[str, ...]:
        there = {name for part in parts for name in parse(part).placeholders}
        for name in needed:
            if name not in there:
                raise ValueError(f"needs {{{name}}}: {PLACEHOLDERS[name]}")
        return parts

    return check


def _without(refused: frozenset[str], why: str) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    def check(parts: tuple[str, ...]) -> tuple[str, ...]:
        for part in parts:
            if wrong := sorted(parse(part).placeholders & refused):
                raise ValueError(f"{part!r}: {{{wrong[0]}}} {why}")
        return parts

    return check


def _short(parts: tuple[str, ...]) -> tuple[str, ...]:
    names = [name for part in map(parse, parts) for _, name in part.pieces]
    for name in sorted(NEVER_LEFT_OUT):
        if names.count(name) > 1:
            raise ValueError(f"has {{{name}}} twice, and room for it once")
    stay = [part for part in map(parse, parts) if part.placeholders & NEVER_LEFT_OUT]
    own = sum(len(part.words_of_its_own) for part in stay)
    if own > MOST_OWN_WORDS:
        raise ValueError(
            f"the parts with {{what}}, {{answer}} or {{news}} have {own} characters beside what is "
            f"filled in, more than {MOST_OWN_WORDS}: it is to fit into 160; put other words into "
            "parts of their own, which are left out where there is no room"
        )
    return parts


_NO_NEWS = _without(frozenset({"news"}), "stands only in `news`: here nothing has happened yet")

AskTemplate = Annotated[Template, AfterValidator(_with("what", "answer")), AfterValidator(_NO_NEWS)]
ShortAskTemplate = Annotated[AskTemplate, AfterValidator(_short)]
SpokenTemplate = Annotated[
    ShortAskTemplate,
    AfterValidator(_without(_NOT_SPOKEN, "cannot be said aloud")),
]
NewsTemplate = Annotated[Template, AfterValidator(_with("news"))]
ShortNewsTemplate = Annotated[NewsTemplate, AfterValidator(_short)]

Ask = Annotated[Line, at_most(60)]
"""What a message asks of its recipient, in a few words."""


def _reply_with(needed: str, *others: str) -> Callable[[str], str]:
    """It has the one without which nobody could answer, and no placeholder but these."""
    known = (needed, *others)

    def check(text: str) -> str:
        if needed not in parse(text, known).placeholders:
            raise ValueError(f"needs {{{needed}}}: {IN_REPLIES[needed]}")
        return text

    return check


class Replies(Section):
    """How a page is answered by what it came through: it stands for `{answer}` there.

    An SMS has it where it can be answered by its code, a call where keys are taken, a mail where a
    reply counts. Of a confidential incident only the key that acknowledges does something.
    """

    sms: Annotated[Line, at_most(80), AfterValidator(_reply_with("code"))] = (
        "Reply A {code} to acknowledge"
    )
    voice: Annotated[
        Line,
        at_most(200),
        AfterValidator(_reply_with("acknowledge", "escalate", "decline", "repeat")),
    ] = (
        "Press {acknowledge} to acknowledge, {escalate} to escalate, {decline} if it is not for "
        "you, {repeat} to repeat."
    )

    mail: Annotated[Line, at_most(200), AfterValidator(_reply_with("answers"))] = (
        "Reply with {answers}."
    )

    voice_confidential: Annotated[
        Line, at_most(200), AfterValidator(_reply_with("acknowledge", "repeat"))
    ] = "Press {acknowledge} to acknowledge, {repeat} to repeat."

    def words(
        self, form: ChannelForm, values: Mapping[str, str], *, confidential: bool = False
    ) -> str:
        """The words for a form; `values` are those of the channel. Empty where it has none."""
        if not values:
            return ""
        hidden = confidential and form is ChannelForm.VOICE
        template = self.voice_confidential if hidden else getattr(self, form.value)
        return parse(template, tuple(IN_REPLIES)).filled(values)


Label = Annotated[Line, at_most(30)]
"""Of a button; phones cut off what is longer."""


class Buttons(Section):
    """The buttons that answer a page: below a push, and behind its link. open: leads there."""

    acknowledge: Label = ACTIONS[Action.ACKNOWLEDGE].button
    decline: Label = ACTIONS[Action.DECLINE].button
    escalate: Label = ACTIONS[Action.ESCALATE].button
    open: Label = "Open"

    def of(self, action: Action) -> str:
        """The words on the button for one of the answers."""
        return str(getattr(self, action.value))


class Asks(Section):
    """What is asked of whoever gets a message, by its purpose."""

    page: Ask = "Please acknowledge"
    look: Ask = "Please check"
    warn: Ask = "Time is running out"
    approve: Ask = "Approval needed"
    confirm: Ask = "Is it resolved?"
    remind: Ask = "Reminder"
    worse: Ask = "It is worse"
    tell: Ask = "For your information"
    taken: Ask = "Taken"
    over: Ask = "Over"

    def of(self, purpose: Purpose) -> str:
        """The words for this purpose."""
        return str(getattr(self, purpose.value))


_SHORT = (
    "{priority} {what}.",
    "{affected} affected.",
    "Since {since}.",
    "{asked}.",
    "Also called: {others}.",
    "{answer}",
)
_REASONS = (
    "",
    "{why}",
    "",
    "Service: {service}",
    "Reported by: {reporter}",
    "Category: {category}",
    "",
    "{evidence}",
)


class NewsTemplates(Section):
    """The words of what people only hear: that somebody has it, that it is over, and the like."""

    push: ShortNewsTemplate = ("{news}", "{priority} {what}")
    sms: ShortNewsTemplate = ("{news}.", "{priority} {what}.")
    mail: NewsTemplate = (
        "{priority} {what}. {asked} ({incident})",
        "{news}",
        "",
        "Service: {service}",
        "Reported by: {reporter}",
        "",
        "{link}",
    )
    chat: NewsTemplate = ("{news}", "{priority} {what}", "{link}")


class PageTemplates(Section):
    """The words of pages and of all other messages to the policy's people, by form of channel."""

    asks: Asks = Asks()
    push: ShortAskTemplate = ("{priority} {what}", *_SHORT[1:])
    sms: ShortAskTemplate = _SHORT
    voice: SpokenTemplate = (
        "{priority}.",
        "{what}.",
        "{affected} affected.",
        "Since {since}.",
        "{asked}.",
        "Also called: {others}.",
        "{answer}",
    )
    mail: AskTemplate = (
        "{priority} {what}. {asked} ({incident})",
        "{priority} {title}",
        "Affected: {affected}",
        "Since: {since}",
        "{asked}.",
        "Also called: {others}",
        "",
        "{answer}",
        *_REASONS,
        "",
        "{link}",
    )
    chat: AskTemplate = (
        "{priority} {what}. {asked}",
        "Affected: {affected}",
        "Since: {since}",
        "Also called: {others}",
        "{answer}",
        "",
        "{why}",
        "Service: {service}",
        "{link}",
    )
    news: NewsTemplates = NewsTemplates()
    replies: Replies = Replies()
    buttons: Buttons = Buttons()

    def template(self, form: ChannelForm, purpose: Purpose) -> tuple[Part, ...]:
        """The parts for a message of this purpose in this form."""
        texts: tuple[str, ...]
        if purpose is Purpose.TELL or purpose.is_all_clear:
            # A call is for what cannot wait; what is news all the same is said as in an SMS.
            form = ChannelForm.SMS if form is ChannelForm.VOICE else form
            texts = getattr(self.news, form.value)
        else:
            texts = getattr(self, form.value)
        return tuple(parse(text) for text in texts)
