"""The messages of an incident in chats, as deliveries: when they were posted, and who answered."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from standfast.incidents.record import IncidentView
from standfast.records.delivery import DeliveryEvent, Progress

if TYPE_CHECKING:
    from standfast.records.chat_steps import ChatStep

_TALK = frozenset({"comment", "comment_to_reporter"})
"""What is written in a thread is on the timeline, and no answer."""


def chat_events(steps: Iterable["ChatStep"], view: IncidentView) -> Iterator[DeliveryEvent]:
    """What became of the messages in chats, by what was made there and by the timeline."""
    messages = [step for step in steps if step.kind == "message"]
    latest = {step.chat: step for step in sorted(messages, key=lambda step: step.at)}
    for step in messages:
        yield _event(step, *_posted(step))
        if step is not latest[step.chat]:
            continue  # the incident moved to another channel, and so did its buttons
        for entry in view.timeline:
            if entry.via is not None and entry.via == step.chat and entry.event not in _TALK:
                answer = _event(step, Progress.ANSWERED, f"{entry.actor}: {entry.event}")
                yield answer._replace(at=entry.at)


def _posted(step: "ChatStep") -> tuple[Progress, str]:
    if step.state == "planned":
        return Progress.FAILED, step.detail
    if step.state == "intended":
        return Progress.SENT, "whether it has arrived is being looked up"
    if step.state == "gone":
        return Progress.SENT, "somebody deleted it since"
    if step.state == "done" and step.detail:
        return Progress.SENT, f"it may say something older: {step.detail}"
    return Progress.SENT, step.detail or step.link


def _event(step: "ChatStep", state: Progress, detail: str) -> DeliveryEvent:
    return DeliveryEvent(step.key, f"the channel {step.channel}", step.chat, state, step.at, detail)
