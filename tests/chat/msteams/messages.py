"""What was said in a little Microsoft, and how its Graph tells it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

CHANNEL = "19:4d1f0c8a@thread.tacv2"
APP = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
_CARD = "application/vnd.microsoft.card.adaptive"


@dataclass
class Said:
    """A message in a conversation. `edits` counts what was made of it since."""

    id: str
    conversation: str
    activity: dict[str, Any]
    at: datetime
    edits: int = 0
    by: str = ""
    """A person; empty for the bot."""
    edited_at: datetime | None = None

    @property
    def card(self) -> dict[str, Any]:
        found = self.activity["attachments"][0]
        assert found["contentType"] == _CARD
        card = found["content"]
        assert isinstance(card, dict)
        return card

    @property
    def text(self) -> str:
        """All that people read of it."""
        if "text" in self.activity:
            return str(self.activity["text"])
        blocks = self.card["body"]
        lines = [block.get("text") or _runs(block) for block in blocks]
        return "\n".join(lines)

    @property
    def buttons(self) -> list[str]:
        return [each["title"] for each in self.card.get("actions", [])]


def as_graph(said: Said) -> dict[str, Any]:
    sender = (
        {"user": {"id": f"aad-{said.by[3:]}", "userIdentityType": "aadUser"}}
        if said.by
        else {"application": {"id": APP, "applicationIdentityType": "bot"}}
    )
    cards = said.activity.get("attachments", [])
    return {
        "id": said.id,
        "messageType": "message",
        "createdDateTime": said.at.isoformat(),
        "lastEditedDateTime": said.edited_at.isoformat() if said.edited_at else None,
        "deletedDateTime": None,
        "from": {"application": None, "device": None, "user": None} | sender,
        "body": {"contentType": "html", "content": f"<p>{said.activity.get('text', '')}</p>"},
        "attachments": [
            {"id": "1", "contentType": each["contentType"], "content": json.dumps(each["content"])}
            for each in cards
        ],
    }


def _runs(block: dict[str, Any]) -> str:
    return "".join(run["text"] for run in block["inlines"])
