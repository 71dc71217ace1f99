"""A session through the API of another machine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from standfast.commands.remote.api_client import ApiClient
from standfast.commands.remote.incidents import RemoteIncidents
from standfast.commands.remote.token import token_of
from standfast.hosting.settings import Settings

if TYPE_CHECKING:
    from standfast.commands.remote.articles import RemoteArticles
    from standfast.commands.remote.channels import RemoteChannels
    from standfast.commands.remote.mails import RemoteMails
    from standfast.commands.remote.on_call import RemoteOnCall, RemoteOverrides
    from standfast.commands.remote.own_channels import RemoteOwnChannels
    from standfast.commands.remote.problems import RemoteProblems
    from standfast.commands.remote.reviews import RemoteReviews
    from standfast.commands.remote.silences import RemoteSilences
    from standfast.commands.remote.views import RemoteViews


class RemoteSession:
    """The API, for one command."""

    def __init__(self, api: ApiClient) -> None:
        self.incidents = RemoteIncidents(api)
        self._api = api

    @cached_property
    def articles(self) -> "RemoteArticles":
        """Articles."""
        from standfast.commands.remote.articles import RemoteArticles

        return RemoteArticles(self._api)

    @cached_property
    def mails(self) -> "RemoteMails":
        """Mail that was set aside."""
        from standfast.commands.remote.mails import RemoteMails

        return RemoteMails(self._api)

    @cached_property
    def channels(self) -> "RemoteChannels":
        """The channels of people."""
        from standfast.commands.remote.channels import RemoteChannels

        return RemoteChannels(self._api)

    @cached_property
    def problems(self) -> "RemoteProblems":
        """Problems."""
        from standfast.commands.remote.problems import RemoteProblems

        return RemoteProblems(self._api)

    @cached_property
    def reviews(self) -> "RemoteReviews":
        """Reviews of incidents."""
        from standfast.commands.remote.reviews import RemoteReviews

        return RemoteReviews(self._api)

    @cached_property
    def silences(self) -> "RemoteSilences":
        """Silences."""
        from standfast.commands.remote.silences import RemoteSilences

        return RemoteSilences(self._api)

    @cached_property
    def on_call(self) -> "RemoteOnCall":
        """On-call schedules."""
        from standfast.commands.remote.on_call import RemoteOnCall

        return RemoteOnCall(self._api)

    @cached_property
    def overrides(self) -> "RemoteOverrides":
        """Overrides of on-call schedules."""
        from standfast.commands.remote.on_call import RemoteOverrides

        return RemoteOverrides(self._api)

    @cached_property
    def own_channels(self) -> "RemoteOwnChannels":
        """People's own channels."""
        from standfast.commands.remote.own_channels import RemoteOwnChannels

        return RemoteOwnChannels(self._api)

    @cached_property
    def views(self) -> "RemoteViews":
        """Views that people have named."""
        from standfast.commands.remote.views import RemoteViews

        return RemoteViews(self._api)


@asynccontextmanager
async def remote_session(settings: Settings) -> AsyncIterator[RemoteSession]:
    """A session with the API that the settings name, which must have a `url`.

    Raises:
        BadSetting: there is no token, or it cannot be one.
    """
    api = ApiClient(settings.url or "", token_of(settings))
    try:
        yield RemoteSession(api)
    finally:
        await api.close()
