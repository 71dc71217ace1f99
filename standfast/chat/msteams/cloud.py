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
    """A cloud's addresses. service: where messages are sent; graph: where channels are read."""

    addresses: CloudEnvironment
    service: str

    @property
    def graph(self) -> str:
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
    addresses, service = _CLOUDS[name]
    if server is None:
        return Cloud(addresses, service)
    local = with_overrides(
        addresses,
        login_endpoint=server,
        openid_metadata_url=f"{server}/v1/.well-known/openidconfiguration",
        graph_scope=f"{server}{_GRAPH}",
    )
    return Cloud(local, f"{server}/teams")


_CLOUDS = {
    TeamsCloud.PUBLIC: (PUBLIC, "https://smba.trafficmanager.net/teams"),
    TeamsCloud.GCC: (PUBLIC, "https://smba.infra.gcc.teams.microsoft.com/teams"),
    TeamsCloud.GCC_HIGH: (US_GOV, "https://smba.infra.gov.teams.microsoft.us/teams"),
    TeamsCloud.DOD: (US_GOV_DOD, "https://smba.infra.dod.teams.microsoft.us/teams"),
}
