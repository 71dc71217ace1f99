"""Death of a process at a call to a chat: just before what it asks is done, or just after."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.chat.msteams.messages import CHANNEL


class Kill(NamedTuple):
    """step: at which call, of `STEPS`. when: `before` or `after`. strike: kills whoever calls."""

    step: str
    when: str
    strike: Callable[[], None]

    def is_due_in_slack(self, method: str, given: dict[str, Any]) -> bool:
        """Whether that call of Slack's Web API is the one."""
        return _IN_SLACK[self.step] == (method, "thread_ts" in given)

    def is_due_in_teams(self, call: str, body: Any) -> bool:
        """Whether that call (`POST /path`) to Microsoft is the one."""
        path, is_for_all = _IN_TEAMS[self.step]
        if not re.search(path, call):
            return False
        return is_for_all is None or is_for_all is (body["channelData"]["channel"]["id"] == CHANNEL)


_IN_SLACK = {
    "open_channel": ("conversations.create", False),
    "post": ("chat.postMessage", False),
    "reply": ("chat.postMessage", True),
    "describe": ("conversations.setTopic", False),
    "invite": ("conversations.invite", False),
    "edit": ("chat.update", False),
    "delete_reply": ("chat.delete", False),
    "archive": ("conversations.archive", False),
}
"""The method, and whether it is in a thread."""

_IN_TEAMS: dict[str, tuple[str, bool | None]] = {
    "open_channel": ("POST .*/channels$", None),
    "post": ("POST .*/v3/conversations$", True),
    "reply": ("POST .*/activities$", None),
    "describe": ("PATCH .*/channels/", None),
    "invite": ("POST .*/v3/conversations$", False),
    "edit": ("PUT .*/activities/", None),
    "delete_reply": ("DELETE .*/activities/", None),
    "archive": ("POST .*/archive$", None),
}
"""The call, and whether it is for the channel of all."""

STEPS = tuple(_IN_SLACK)
"""Every call that does something outside, in the order in which an incident needs them."""
