"""What goes out through a person's own channel while they set it up."""

from datetime import timedelta

from standfast.messages.message import words_of


def code_message(organisation: str, code: str, holds_for: timedelta) -> tuple[str, str]:
    """Title and text of a code. Whoever got it by mistake reads what to do: nothing."""
    return (
        f"Standfast code {code}",
        f"{code} is your code for Standfast at {organisation}. It is good for "
        f"{words_of(holds_for)}. If you did not ask for it, do nothing.",
    )


def test_page(organisation: str) -> tuple[str, str]:
    """Title and text of a test page."""
    return (
        "Test page: nothing is wrong",
        f"You asked Standfast at {organisation} for this test. Pages will come this way.",
    )
