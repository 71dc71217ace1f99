"""An incident's message as an Adaptive Card, which Teams shows and edits in place.

What people wrote stands in text runs: those know no markup, so that nothing in it becomes a link.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from microsoft_teams.api.activities.message import MessageActivityInput
from microsoft_teams.cards import (
    AdaptiveCard,
    CardElement,
    ExecuteAction,
    Mention,
    MentionedEntity,
    OpenUrlAction,
    RichTextBlock,
    ShowCardAction,
    TeamsCardProperties,
    TextBlock,
    TextInput,
    TextRun,
)

from standfast.chat.card import Button, Card, Fact

VERSION = "1.5"
"""Of the schema: what Teams shows on phones, too."""

MOST_TEXT, MOST_FACTS = 4_000, 12
"""Characters of a reply, and of all else fewer; a message may have 28 kB in all."""

_LINE, _FACT = 300, 600
_MOST_SHOWN = 4
"""Buttons; Teams shows six at most, and the further ones in a menu."""
_LONGEST_ANSWER = 2_000
_NO_NAME = re.compile(r"[<>&*_\[\]()`~]")
"""What would be markup in a name."""

INCIDENT, EPISODE, ANSWER = "incident", "episode", "answer"
"""What a button carries, and what was written beside it."""


def message_of(card: Card, key: str = "") -> MessageActivityInput:
    """The message; `key` is where people do not see it, and finds it again."""
    shown = AdaptiveCard(
        version=VERSION,
        body=list(_body(card, key)),
        actions=[*_actions(card), *_link(card)],
    )
    message = MessageActivityInput(summary=_cut(card.summary, _LINE))
    return message.add_card(shown)


def text_message(text: str, key: str = "") -> MessageActivityInput:
    """A reply. It is a card, too: only those have room for a key that is not seen."""
    shown = AdaptiveCard(version=VERSION, body=[_plain(text, id_=key)])
    return MessageActivityInput(summary=_cut(text, _LINE)).add_card(shown)


def mention(user: str, name: str, key: str) -> MessageActivityInput:
    """A message that calls somebody by name."""
    tag = f"<at>{_NO_NAME.sub(' ', name)}</at>"
    named = Mention(text=tag, mentioned=MentionedEntity(id=user, name=name))
    shown = AdaptiveCard(
        version=VERSION,
        body=[TextBlock(text=tag, id=key)],
        msteams=TeamsCardProperties(entities=[named]),
    )
    return MessageActivityInput(summary=_cut(name, _LINE)).add_card(shown)


def _body(card: Card, key: str) -> Iterator[CardElement]:
    yield _plain(card.title, bold=True, id_=key)
    yield from _fact(card.status)
    for each in card.facts[:MOST_FACTS]:
        yield from _fact(each)


def _fact(fact: Fact) -> Iterator[CardElement]:
    if fact.text:
        label = TextRun(text=f"{fact.label}: ").with_weight("Bolder")
        said = TextRun(text=_cut(fact.line, _FACT))
        yield RichTextBlock(inlines=[label, said]).with_spacing("Small")
    if fact.at:
        # Labels are words of ours, so that this markup is ours alone.
        before = "" if fact.text else f"**{fact.label}:** "
        shown = TextBlock(text=f"{before}{_moment(fact.at)}").with_spacing("None")
        yield shown.with_is_subtle(True).with_size("Small") if fact.text else shown


def _plain(text: str, *, bold: bool = False, id_: str = "") -> RichTextBlock:
    run = TextRun(text=_cut(text, _LINE if bold else MOST_TEXT))
    if bold:
        run = run.with_weight("Bolder")
    return RichTextBlock(inlines=[run], id=id_ or None)


def _moment(at: datetime) -> str:
    """Teams fills in the reader's own time zone."""
    moment = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return f"{{{{DATE({moment},SHORT)}}}} {{{{TIME({moment})}}}}"


def _actions(card: Card) -> Iterator[ExecuteAction | ShowCardAction]:
    for index, button in enumerate(card.buttons):
        action = _action(card, button)
        yield action.with_mode("secondary") if index >= _MOST_SHOWN else action


def _action(card: Card, button: Button) -> ExecuteAction | ShowCardAction:
    data = {INCIDENT: card.incident_id, EPISODE: card.episode}
    sends = ExecuteAction(title=button.label, verb=button.action, data=data)
    if button.main:
        sends = sends.with_style("positive")
    if not button.asks:
        return sends
    asked = TextInput(
        id=ANSWER,
        label=button.asks,
        is_multiline=True,
        is_required=True,
        error_message=button.asks,
        max_length=_LONGEST_ANSWER,
    )
    shown = AdaptiveCard(version=VERSION, body=[asked], actions=[sends])
    return ShowCardAction(title=button.label, card=shown)


def _link(card: Card) -> Iterator[OpenUrlAction]:
    if card.link:
        yield OpenUrlAction(title="Open", url=card.link)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
