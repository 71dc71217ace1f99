"""Who somebody in a chat is: by the address that the chat's organisation vouches for."""

from collections.abc import Callable
from typing import NamedTuple

from standfast.chat.provider import ChatProvider
from standfast.policy import Policy


class NotKnown(Exception):  # noqa: N818
    """Who it is cannot be told; the text says why, to that person."""


class Somebody(NamedTuple):
    """Somebody in a chat. person: their key in the policy; empty for whoever is not in it."""

    address: str
    person: str = ""


class ChatPeople:
    """The people of one chat."""

    def __init__(self, provider: ChatProvider, policy: Callable[[], Policy]) -> None:
        self._provider = provider
        self._policy = policy

    async def who(self, user: str) -> Somebody:
        """Who that is.

        Raises:
            NotKnown: the chat vouches for no address, or several people of the policy have it.
            ChatError: the chat does not answer.
        """
        found = await self._provider.person(user)
        title = self._provider.title
        if found is None:
            raise NotKnown(
                f"{title} vouches for no address of yours: a guest, a bot, or somebody of another "
                "organisation can do nothing here."
            )
        people = self._policy().people_known_as(found.address)
        if len(people) > 1:
            raise NotKnown(f"{found.address} is the address of several people: {', '.join(people)}")
        return Somebody(found.address, people[0] if people else "")

    async def users_of(self, people: list[str]) -> list[str]:
        """The users that these people of the policy are; those who are not in the chat left out.

        ChatError: the chat does not answer.
        """
        policy, users = self._policy(), []
        for key in people:
            person = policy.people.get(key)
            for address in person.mail_addresses if person else ():
                if user := await self._provider.user_of(address):
                    users.append(user)
                    break
        return users
