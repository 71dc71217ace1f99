"""Slack in the policy: each wrong setting is named, with what to do."""

from pathlib import Path

import pytest

from standfast.incidents.assessment import Priority
from standfast.policy.chat import SlackChat
from standfast.policy_file.loading import PolicyError, load_policy
from tests.policy.small import SMALL

SLACK = """\
chat:
  slack:
    workspace: T024BE7LD
    bot_token: secret:SLACK_BOT
    app_token: secret:SLACK_APP
    channel: C024BE91L
    team_channels: {desk: C0DESK000}
    own_channel: [P1]
"""

WRONG = {
    # what: (the good text, the wrong one, words of the message)
    "a workspace's name": (
        "T024BE7LD",
        "fernhill",
        "must be the workspace's id",
    ),
    "a token in the policy": ("secret:SLACK_BOT", "xoxb~1", "does not stand in a policy"),
    "a channel's name": ("C024BE91L", "'#incidents'", "is no channel's id"),
    "no way to hear people": ("    app_token: secret:SLACK_APP\n", "", "one of the two"),
    "two ways": (
        "    app_token: secret:SLACK_APP\n",
        "    app_token: secret:SLACK_APP\n    signing_secret: secret:SIGN\n",
        "one of the two",
    ),
    "nowhere to show": (
        "    channel: C024BE91L\n    team_channels: {desk: C0DESK000}\n",
        "",
        "where to show incidents",
    ),
    "a team that is not there": ("{desk: C0DESK000}", "{lobby: C0DESK000}", "no team 'lobby'"),
    "a priority that is not there": ("[P1]", "[P9]", "own_channel"),
    "an address of Slack in clear": (
        "    own_channel",
        "    api: http://slack.example/api/\n    own_channel",
        "must be an https address",
    ),
    "a key that is not there": ("    own_channel", "    rooms", "is not known here"),
    "the incidents of all teams for everybody": (
        "chat:\n",
        "access: {responders_see: own_team}\nchat:\n",
        "use `team_channels`",
    ),
    "a channel for everybody of one team's incident": (
        "chat:\n",
        "access: {responders_see: own_team}\nchat:\n",
        "chat.slack.own_channel: would be open to everybody in the chat",
    ),
}


def load(tmp_path: Path, text: str) -> SlackChat:
    file = tmp_path / "policy.yaml"
    file.write_text(SMALL + text)
    slack = load_policy(file).chat.slack
    assert slack
    return slack


def test_it_is_right_as_it_stands(tmp_path: Path) -> None:
    slack = load(tmp_path, SLACK)
    assert slack.channel_of("desk") == "C0DESK000"
    assert slack.channel_of("other") == "C024BE91L"
    assert slack.priorities == tuple(Priority)


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_named(tmp_path: Path, what: str) -> None:
    good, wrong, words = WRONG[what]
    assert SLACK.count(good) == 1
    with pytest.raises(PolicyError) as refused:
        load(tmp_path, SLACK.replace(good, wrong))
    assert words in str(refused.value)
    assert "xoxb~1" not in str(refused.value)
