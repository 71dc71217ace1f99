"""Mail that was set aside, through the API."""

from pydantic import RootModel

from standfast.commands.remote.api_client import ApiClient, named
from standfast.incidents.mail_set_aside import MailSetAside, ShownMail
from standfast.mail.desk import MailResult

MAIL = "/api/mail"


class _Listed(RootModel[tuple[MailSetAside, ...]]):
    """The list, as the API gives it."""


class RemoteMails:
    """As `session.Mails`."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api

    async def list(self, kind: str) -> tuple[MailSetAside, ...]:
        """The latest."""
        return (await self._api.get(MAIL, _Listed, kind=kind)).root

    async def show(self, mail_id: str) -> ShownMail:
        """One, with what it says."""
        return await self._api.get(f"{MAIL}/{mail_id}", ShownMail)

    async def raw(self, mail_id: str) -> bytes:
        """Its bytes as they came."""
        return await self._api.content(f"{MAIL}/{mail_id}/raw")

    async def open(self, mail_id: str, by: str) -> MailResult:
        """Open it."""
        return await self._api.post(f"{MAIL}/{mail_id}/open", MailResult, named({"by": by}))
