"""What `policy check` says of chats besides what is wrong with a setting."""

from pathlib import Path

from standfast.commands.chat_check import check_chats
from standfast.policy import Policy
from standfast.policy_file.loading import load_policy
from tests.policy.small import SMALL
from tests.policy.test_chat import SLACK
from tests.policy.test_teams_chat import TEAMS

ADDRESS = SMALL.replace("    name: Anna\n", "    name: Anna\n    addresses: [anna@tiny.example]\n")


def policy(place: Path, text: str) -> Policy:
    file = place / "policy.yaml"
    file.write_text(text)
    return load_policy(file)


def test_whom_no_chat_knows_is_named(tmp_path: Path) -> None:
    assert not list(check_chats(policy(tmp_path, SMALL), {})), "there is no chat"
    [(_, said)] = check_chats(policy(tmp_path, SMALL + TEAMS), {})
    assert said.startswith("Microsoft Teams cannot tell who these people are")
    assert said.endswith(": anna")
    assert not list(check_chats(policy(tmp_path, ADDRESS + TEAMS), {}))


def test_tokens_that_were_mixed_up_are_named(tmp_path: Path) -> None:
    tokens = {"STANDFAST_SECRET_SLACK_BOT": "xapp-1", "STANDFAST_SECRET_SLACK_APP": "xoxb-1"}
    (_, bot), (_, app) = check_chats(policy(tmp_path, ADDRESS + SLACK), tokens)
    assert bot.startswith("STANDFAST_SECRET_SLACK_BOT does not begin with xoxb-")
    assert app.startswith("STANDFAST_SECRET_SLACK_APP does not begin with xapp-")
    right = {"STANDFAST_SECRET_SLACK_BOT": "xoxb-1", "STANDFAST_SECRET_SLACK_APP": "xapp-1"}
    assert not list(check_chats(policy(tmp_path, ADDRESS + SLACK), right))


def test_the_id_of_a_secret_is_not_the_secret(tmp_path: Path) -> None:
    wrong = {"STANDFAST_SECRET_TEAMS_BOT": "3f2504e0-4f89-41d3-9a0c-0305e82c3301"}
    [(_, said)] = check_chats(policy(tmp_path, ADDRESS + TEAMS), wrong)
    assert said.startswith("STANDFAST_SECRET_TEAMS_BOT looks like the *Secret ID*")
    assert "3f2504e0" not in said
    right = {"STANDFAST_SECRET_TEAMS_BOT": "abc8Q~value"}
    assert not list(check_chats(policy(tmp_path, ADDRESS + TEAMS), right))
