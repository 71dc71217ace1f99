"""The chats of a desk, as their process has them."""

from standfast.chat.provider import ChatProvider
from standfast.chat.running import ChatAtWork, Place
from standfast.chat.threads import Doors
from standfast.intake.page_answers import PageAnswers
from tests.stories.desk import Desk


def at_work(
    provider: ChatProvider, desk: Desk, holder: str = "this process", looks_every: float = 0.05
) -> ChatAtWork:
    """One of them. `looks_every`: in seconds, once it runs."""
    policy = desk.policy.current
    answers = PageAnswers(desk.client, policy, desk.lookup, desk.records)
    doors = Doors(desk.client, policy, desk.lookup, answers)
    place = Place(desk.records, doors, desk.task_queue, holder)
    return ChatAtWork(provider, place, looks_every)
