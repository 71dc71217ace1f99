"""Where Microsoft is: the hosts of a cloud, which are the only ones that Teams is called at."""

from typing import NamedTuple
from urllib.parse import urlsplit

from microsoft_teams.api.auth.cloud_environment import (
    PUBLIC,
    US_GOV,
    US_GOV_DOD,
    CloudEnvironment,
    with_overrides,
)

from standfast.policy.chat import TeamsCloud

_GRAPH = "/.default"


class Cloud(NamedTuple):
    """A cloud's addresses.

    service: where messages are sent. web: where people open them.
    """

    addresses: CloudEnvironment
    service: str
    web: str

    @property
    def graph(self) -> str:
        """Where channels are read."""
        return self.addresses.graph_scope.removesuffix(_GRAPH)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host that is called."""
        urls = (
            self.service,
            self.graph,
            self.addresses.login_endpoint,
            self.addresses.openid_metadata_url,
        )
        return tuple(dict.fromkeys(urlsplit(url).hostname or "" for url in urls))

    def is_its_service(self, url: str) -> bool:
        """Whether a request's service URL is of this cloud."""
        given, ours = urlsplit(url), urlsplit(self.service)
        return (given.scheme, given.netloc) == (ours.scheme, ours.netloc)


def cloud_of(name: TeamsCloud, server: str | None = None) -> Cloud:
    """The addresses of a cloud; `server` stands in for all of its hosts, in tests."""
    known = _CLOUDS[name]
    if server is None:
        return known
    local = with_overrides(
        known.addresses,
        login_endpoint=server,
        openid_metadata_url=f"{server}/v1/.well-known/openidconfiguration",
        graph_scope=f"{server}{_GRAPH}",
    )
    return Cloud(local, f"{server}/teams", known.web)


_CLOUDS = {
    TeamsCloud.PUBLIC: Cloud(
        PUBLIC, "https://smba.trafficmanager.net/teams", "https://teams.microsoft.com"
    ),
    TeamsCloud.GCC: Cloud(
        PUBLIC, "https://smba.infra.gcc.teams.microsoft.com/teams", "https://teams.microsoft.com"
    ),
    TeamsCloud.GCC_HIGH: Cloud(
        US_GOV, "https://smba.infra.gov.teams.microsoft.us/teams", "https://gov.teams.microsoft.us"
    ),
    TeamsCloud.DOD: Cloud(
        US_GOV_DOD,
        "https://smba.infra.dod.teams.microsoft.us/teams",
        "https://dod.teams.microsoft.us",
    ),
}
