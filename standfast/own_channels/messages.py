"""What goes out through a person's own channel while they set it up."""

from datetime import timedelta

from standfast.messages.message import words_of
from standfast.notification.channel_sender import Words


def code_message(organisation: str, code: str, holds_for: timedelta) -> Words:
    """The code. Whoever got it by mistake reads what to do: nothing."""
    return Words(
        f"Standfast code {code}",
        f"{code} is your code for Standfast at {organisation}. It is good for "
        f"{words_of(holds_for)}. If you did not ask for it, do nothing.",
    )
