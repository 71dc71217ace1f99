"""Microsoft Teams in the policy: each wrong setting is named, with what to do."""

from pathlib import Path

import pytest

from standfast.policy_file.loading import PolicyError, load_policy
from tests.policy.small import SMALL

TEAMS = """\
chat:
  teams:
    app: 3F2504E0-4F89-41D3-9A0C-0305E82C3301
    tenant: 72f988bf-86f1-41af-91ab-2d7cd011db47
    secret: secret:TEAMS_BOT
    team: fe093c55-9c1a-4c4f-8d66-04a1ea3c9d1b
    channel: 19:4d1f0c8a@thread.tacv2
    own_channel: [P1, P2]
"""

WRONG = {
    # what: (the good text, the wrong one, words of the message)
    "an app's name": ("3F2504E0-4F89-41D3-9A0C-0305E82C3301", "Standfast", "must be an id such as"),
    "a tenant's domain": (
        "72f988bf-86f1-41af-91ab-2d7cd011db47",
        "storyville.example",
        "must be an id such as",
    ),
    "the same id twice": (
        "72f988bf-86f1-41af-91ab-2d7cd011db47",
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "are different ids",
    ),
    "a secret in the policy": ("secret:TEAMS_BOT", "very~secret", "does not stand in a policy"),
    "a channel's name": ("19:4d1f0c8a@thread.tacv2", "Incidents", "Get link to channel"),
    "a channel out of its link": (
        "19:4d1f0c8a@thread.tacv2",
        "19%3A4d1f0c8a%40thread.tacv2",
        "%3A for `:`",
    ),
    "a channel of each incident's in no team": (
        "    team: fe093c55-9c1a-4c4f-8d66-04a1ea3c9d1b\n",
        "",
        "needs the `team`",
    ),
    "confidential incidents": (
        "    own_channel",
        "    confidential: own_channel\n    own_channel",
        "must be `nowhere`",
    ),
    "another cloud": ("    own_channel", "    cloud: china\n    own_channel", "gcc_high"),
    "a server elsewhere": (
        "    own_channel",
        "    server: http://teams.example\n    own_channel",
        "for tests",
    ),
    "nowhere to show them": ("    channel: 19:4d1f0c8a@thread.tacv2\n", "", "needs a `channel`"),
    "a team that is none": (
        "    own_channel",
        "    team_channels: {nobody: 19:4d1f0c8a@thread.tacv2}\n    own_channel",
        "no team 'nobody'",
    ),
}


def test_teams_as_it_should_be(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(SMALL + TEAMS)
    teams = load_policy(file).chat.teams
    assert teams
    assert teams.app == "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "as tokens spell it"


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_setting_is_named(tmp_path: Path, what: str) -> None:
    good, wrong, words = WRONG[what]
    assert good in TEAMS
    file = tmp_path / "policy.yaml"
    file.write_text(SMALL + TEAMS.replace(good, wrong, 1))
    with pytest.raises(PolicyError) as refused:
        load_policy(file)
    (problem,) = refused.value.problems
    assert problem.place.startswith("chat.teams")
    assert words in problem.message
