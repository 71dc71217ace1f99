"""Whether a request comes from Microsoft's Bot Connector, and is meant for our bot.

As "Authentication with the Bot Connector API" says it: the signature by a key of the OpenID
document that is endorsed for Teams, issuer, audience, time, and the service URL of the body.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import httpx
from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jwk import RSAKey
from pydantic import BaseModel, ValidationError

from standfast.chat.msteams.calls import why
from standfast.chat.msteams.cloud import Cloud
from standfast.outgoing.egress import NotAllowed

CHANNEL = "msteams"
"""What Teams is called by the Bot Framework."""

_ALGORITHMS = ("RS256",)
_LEEWAY = 300
"""Seconds that clocks may differ, as Microsoft says."""

_KEPT_FOR = 24 * 3600.0
_ASKED_AGAIN_AFTER, _AWAY_FOR = 300.0, 10.0
"""Seconds. A key that we do not know has us ask again, and whoever makes one up cannot have us ask
without end."""

_LONGEST = 10_000
_MOST_KEYS = 100


class NotFromTeams(Exception):  # noqa: N818
    """The request is not believed; the message says why, and holds nothing of its token."""


class KeysAway(Exception):  # noqa: N818
    """Nobody can tell now: Microsoft's keys cannot be read."""


class _Metadata(BaseModel):
    jwks_uri: str


class _Key(NamedTuple):
    key: RSAKey
    endorsements: tuple[str, ...]


class _Keys(NamedTuple):
    by_id: Mapping[str, _Key]
    read_at: float


class InboundTokens:
    """Checks the tokens of requests to one bot. For one event loop."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        cloud: Cloud,
        app: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` counts seconds."""
        self._http = http
        self._cloud = cloud
        self._app = app
        self._clock = clock
        self._keys = _Keys({}, float("-inf"))
        self._asked_again_at = float("-inf")
        self._away = ""
        self._one_at_a_time = asyncio.Lock()

    async def service_url(self, authorization: str) -> str:
        """The service URL that a request's token is for; its body must name the same.

        Raises:
            NotFromTeams: the request must be refused.
            KeysAway: it must come again.
        """
        scheme, _, token = authorization.strip().partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token or len(token) > _LONGEST:
            raise NotFromTeams("it has no token of Microsoft's")
        key = await self._key_of(_key_id(token))
        claims = self._claims(token, key)
        if CHANNEL not in key.endorsements:
            raise NotFromTeams("its token is signed with a key that is not for Teams")
        named = claims.get("serviceurl")
        if not isinstance(named, str) or not self._cloud.is_its_service(named):
            raise NotFromTeams("its token is for no service of the cloud that the policy names")
        return named

    def _claims(self, token: str, key: _Key) -> dict[str, Any]:
        try:
            read = jwt.decode(token, key.key, list(_ALGORITHMS))
            jwt.JWTClaimsRegistry(
                leeway=_LEEWAY,
                iss={"essential": True, "value": self._cloud.addresses.token_issuer},
                aud={"essential": True, "value": self._app},
                exp={"essential": True},
            ).validate(read.claims)
        except ExpiredTokenError:
            raise NotFromTeams("its token has expired; is the clock here right?") from None
        except (InvalidClaimError, MissingClaimError) as wrong:
            raise NotFromTeams(f"its token has the wrong {wrong.claim}") from None
        except (JoseError, ValueError, KeyError, TypeError):
            raise NotFromTeams("its token is not signed by Microsoft") from None
        return read.claims

    async def _key_of(self, key_id: str) -> _Key:
        async with self._one_at_a_time:
            now = self._clock()
            is_wanted = now - self._keys.read_at > _KEPT_FOR or key_id not in self._keys.by_id
            if is_wanted and now >= self._asked_again_at:
                try:
                    self._keys = _Keys(await self._read(), now)
                except KeysAway as away:
                    self._asked_again_at, self._away = now + _AWAY_FOR, str(away)
                else:
                    self._asked_again_at, self._away = now + _ASKED_AGAIN_AFTER, ""
        if key_id in self._keys.by_id:
            return self._keys.by_id[key_id]
        if self._away:
            raise KeysAway(self._away)
        raise NotFromTeams("its token is signed with a key that Microsoft does not name")

    async def _read(self) -> dict[str, _Key]:
        """The keys that the OpenID document leads to."""
        try:
            document = await self._http.get(self._cloud.addresses.openid_metadata_url)
            metadata = _Metadata.model_validate_json(document.raise_for_status().content)
            answer = await self._http.get(metadata.jwks_uri)
            told = answer.raise_for_status().json()["keys"]
            return dict(_keys(told[:_MOST_KEYS]))
        except NotAllowed as error:
            raise KeysAway(f"Microsoft's keys are not where they should be: {error}") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise KeysAway(f"Microsoft's keys cannot be read: {why(error)}") from error
        except (ValidationError, JoseError, ValueError, KeyError, TypeError) as error:
            raise KeysAway("Microsoft's keys cannot be read: they are no keys") from error


def _keys(told: list[dict[str, Any]]) -> Iterator[tuple[str, _Key]]:
    for each in told:
        if each.get("kty") == "RSA" and each.get("kid"):
            known = {name: each[name] for name in ("kty", "kid", "n", "e")}
            yield str(each["kid"]), _Key(RSAKey.import_key(known), tuple(each["endorsements"]))


def _key_id(token: str) -> str:
    """The key that a token says it is signed with; nothing of it is believed yet."""
    try:
        return str(jws.extract_compact(token.encode()).headers().get("kid", ""))
    except (JoseError, ValueError):
        raise NotFromTeams("its token is no token") from None
