"""The alerts of a group that are in one incident, and which of them fire."""

from collections.abc import Iterable

from pydantic import BaseModel, Field

from standfast.incidents.monitoring import MOST_MEMBERS
from standfast.messages.message import Message


class Member(Message):
    """An alert of a group that is in one incident with others."""

    name: str
    fires: bool


class Members(BaseModel):
    """At most `MOST_MEMBERS`, by their keys. What has recovered makes room for what fires."""

    by_key: dict[str, Member] = Field(default_factory=dict)

    def fire(self, key: str, name: str) -> None:
        """This alert fires."""
        if key not in self.by_key and len(self.by_key) >= MOST_MEMBERS:
            over = next((each for each, member in self.by_key.items() if not member.fires), None)
            if over is None:
                return
            del self.by_key[over]
        self.by_key[key] = Member(name=name, fires=True)

    def recover(self, keys: Iterable[str]) -> list[str]:
        """These alerts are over; the names of those that fired until now."""
        fired = [key for key in keys if key in self.by_key and self.by_key[key].fires]
        for key in fired:
            self.by_key[key] = self.by_key[key].model_copy(update={"fires": False})
        return [self.by_key[key].name for key in fired]

    def recover_all(self) -> None:
        """All of them are over."""
        self.recover(tuple(self.by_key))
