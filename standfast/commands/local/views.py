"""Named views on the server's machine: on record."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from standfast.commands.fields import valid
from standfast.incidents.named_view import NamedView, NewView
from standfast.lookup.named_views import remove_view, save_view, views_for
from standfast.policy_file.loading import load_policy

if TYPE_CHECKING:
    from standfast.commands.local.session import LocalSession
    from standfast.policy import Policy


class LocalViews:
    """As `session.Views`."""

    def __init__(self, session: "LocalSession") -> None:
        self._session = session

    async def list(self, by: str) -> Sequence[NamedView]:
        """Those on record."""
        return views_for(self._session.records, self._policy(), by)

    async def shared(self) -> Sequence[NamedView]:
        """Those on record."""
        return self._session.records.named_views.shared()

    async def save(self, fields: Mapping[str, Any]) -> NamedView:
        """Put it on record."""
        new = valid(NewView, fields)
        return save_view(self._session.records, self._policy(), new, self._session.note)

    async def remove(self, by: str, name: str) -> NamedView:
        """Take it off record."""
        return remove_view(self._session.records, by, name, self._session.note)

    def _policy(self) -> "Policy":
        return load_policy(self._session.settings.policy)
