"""A card as Slack's blocks, and back: what a button, a form and a message of Slack tell us."""

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from standfast.chat.card import Button, Card, Fact

PRESSED, OPENED, ASKED = "standfast_do_", "standfast_open", "standfast_ask"
"""What the ids of our buttons begin with, that of the link, and that of the form."""

_ANSWER = "answer"

_HEADER, _TEXT, _FIELD, _FALLBACK = 150, 3_000, 2_000, 3_000
_MOST_FIELDS = 10
"""What Slack takes at most, in characters and in fields."""


class Pressed(NamedTuple):
    """What a button of ours stands for. asks: the question whose answer is to come with it."""

    action: str
    incident_id: str
    episode: int
    asks: str = ""


def text_of(card: Card) -> str:
    """What is shown where blocks are not: on a lock screen."""
    return _cut(escaped(card.summary), _FALLBACK)


def blocks_of(card: Card) -> list[dict[str, Any]]:
    """The blocks of a card. All that people wrote is text in them."""
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(_cut(card.title, _HEADER))},
        {"type": "section", "text": _marked(_line(card.status, _TEXT))},
    ]
    if card.facts:
        fields = [_marked(_line(fact, _FIELD)) for fact in card.facts[:_MOST_FIELDS]]
        blocks.append({"type": "section", "fields": fields})
    elements = [_button(card, each) for each in card.buttons]
    if card.link:
        elements.append(
            {
                "type": "button",
                "action_id": OPENED,
                "text": _plain("Open"),
                "url": card.link,
            }
        )
    if elements:
        blocks.append({"type": "actions", "elements": elements})
    return blocks


def pressed(action: dict[str, Any]) -> Pressed | None:
    """What a button stands for, by the action that Slack hands in; None if it is none of ours."""
    name = str(action.get("action_id", ""))
    if not name.startswith(PRESSED):
        return None
    return _pressed(name.removeprefix(PRESSED), str(action.get("value", "")))


def form(button: Pressed, channel: str, message: str) -> dict[str, Any]:
    """The form that asks for a text before a button's action is done."""
    return {
        "type": "modal",
        "callback_id": ASKED,
        "private_metadata": json.dumps([*button, channel, message]),
        "title": _plain(button.incident_id),
        "submit": _plain(_cut(button.action.capitalize(), 24)),
        "close": _plain("Not now"),
        "blocks": [
            {
                "type": "input",
                "block_id": _ANSWER,
                "label": _plain(button.asks),
                "element": {
                    "type": "plain_text_input",
                    "action_id": _ANSWER,
                    "multiline": True,
                    "max_length": 3_000,
                },
            }
        ],
    }


class Filled(NamedTuple):
    """A form that was filled in: for which button of which message, and the text."""

    button: Pressed
    channel: str
    message: str
    text: str


def filled(view: dict[str, Any]) -> Filled | None:
    """What was filled in; None where it is no form of ours."""
    try:
        *button, channel, message = json.loads(view["private_metadata"])
        text = view["state"]["values"][_ANSWER][_ANSWER]["value"]
        return Filled(Pressed(*button), str(channel), str(message), str(text or ""))
    except (KeyError, TypeError, ValueError):
        return None


def escaped(text: str) -> str:
    """Text in which nothing is a link, a mention or a command for Slack."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def moment_of(ts: str) -> datetime:
    """When a message was written, by its id. ValueError: it is none."""
    return datetime.fromtimestamp(float(ts), UTC)


def _pressed(action: str, value: str) -> Pressed | None:
    try:
        incident_id, episode, asks = json.loads(value)
        return Pressed(action, str(incident_id), int(episode), str(asks))
    except (TypeError, ValueError):
        return None


def _button(card: Card, button: Button) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "type": "button",
        "action_id": f"{PRESSED}{button.action}",
        "text": _plain(_cut(button.label, 75)),
        "value": json.dumps([card.incident_id, card.episode, button.asks]),
    }
    return shown | ({"style": "primary"} if button.main else {})


def _line(fact: Fact, most: int) -> str:
    """`*label*: text`, and the moment by the clock of whoever reads it."""
    at = ""
    if fact.at:
        instead = fact.at.astimezone(UTC).isoformat(" ", "minutes").replace("+00:00", " UTC")
        at = f"<!date^{int(fact.at.timestamp())}^{{date_short_pretty}} {{time}}|{instead}>"
    said = escaped(fact.line)
    room = most - len(fact.label) - len(at) - 10
    return f"*{escaped(fact.label)}*: " + " ".join(filter(None, (_cut(said, room), at)))


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _marked(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
