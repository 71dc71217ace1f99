"""What `policy check` says of pushes to browsers besides what is wrong with a URL."""

import pytest

from standfast.commands.push_check import check_pushes
from standfast.hosting.settings import Settings
from standfast.policy import Policy
from tests.decisions.small_policy import SMALL

PUBLIC = "https://standfast.example"
PUSH, MAIL = "webpush://", "mailto://dee:x@example.org"


def policy(**channels: str) -> Policy:
    people = SMALL["people"] | {"dee": {"name": "Dee", "channels": channels}}
    return Policy.model_validate(SMALL | {"people": people})


@pytest.mark.parametrize(
    ("channels", "public", "warnings"),
    [
        ({"push": PUSH, "mail": MAIL}, PUBLIC, []),
        ({"push": PUSH, "mail": MAIL}, None, ["STANDFAST_PUBLIC_URL is not set here"]),
        ({"push": PUSH, "mail": MAIL}, "http://desk:8080", ["is http://desk:8080, and browsers"]),
        ({"push": PUSH}, PUBLIC, ["dee has no channel but webpush://"]),
        ({"mail": MAIL}, None, []),
    ],
)
def test_why_pushes_would_reach_nobody(
    channels: dict[str, str], public: str | None, warnings: list[str]
) -> None:
    said = [words for _, words in check_pushes(policy(**channels), Settings(public_url=public))]
    assert len(said) == len(warnings)
    assert all(words in line for words, line in zip(warnings, said, strict=True))
