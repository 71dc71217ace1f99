"""Signing in by OpenID Connect: the authorisation code flow, with PKCE, state and nonce.

The provider is asked for its addresses and keys at each sign-in. Those are rare, and so a changed
key counts at once.
"""

import asyncio
import hmac
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, cast
from urllib.parse import quote

import httpx
from authlib.common.security import generate_token
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jwk import KeySet, KeySetSerialization
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from standfast.hosting.errors import BadSetting
from standfast.hosting.settings import Settings, variable
from standfast.incidents.roles import Role
from standfast.messages.message import InUtc, Message, Name
from standfast.records.people import Subject, is_address, key_of

CALLBACK = "/sign-in/oidc/callback"

PENDING_LASTS = timedelta(minutes=10)
"""How long somebody may take at the provider."""

_SCOPE = "openid profile email"
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Only what a private key makes: with the others, the public key would be the secret."""

_REQUEST_WITHIN = 5.0
_ALL_WITHIN = 15.0
_LEEWAY = 60
"""Seconds that the provider's clock may differ from ours."""

_OLDEST = PENDING_LASTS.total_seconds() + _LEEWAY
"""Seconds since an ID token was issued: it is issued while somebody signs in."""

_NAME = TypeAdapter(Name)


class SignInFailed(Exception):  # noqa: N818
    """Why the sign-in failed, for the person who tried. `status` is that of the answer."""

    def __init__(self, why: str, status: int = 403) -> None:
        super().__init__(why)
        self.status = status


class PendingSignIn(Message):
    """What the browser stores while somebody is at the provider; signed, not secret."""

    state: str
    nonce: str
    verifier: str
    back: str
    at: InUtc


class Identity(NamedTuple):
    """Who the provider says it is: the name that they would act under, and their role here.

    is_unverified_address: the name is an address, and the provider does not say that it is theirs.
    """

    name: str
    role: Role
    who: Subject
    is_unverified_address: bool = False


class _Addresses(BaseModel):
    """The addresses in the provider's discovery document."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    auth_methods: list[str] = Field(
        default=["client_secret_basic"], alias="token_endpoint_auth_methods_supported"
    )


class Provider:
    """The provider of the settings."""

    def __init__(self, settings: Settings) -> None:
        """BadSetting where one of the settings that belong together is missing."""
        needed = ("oidc_issuer", "oidc_client_id", "public_url")
        missing = [variable(name) for name in needed if not getattr(settings, name)]
        if missing:
            raise BadSetting(f"signing in by OpenID Connect also needs {' and '.join(missing)}")
        self._settings = settings
        self._issuer = settings.oidc_issuer or ""
        self.issuer = issuer_of(settings)
        self._client = settings.oidc_client_id or ""
        secret = settings.oidc_client_secret
        self._secret = secret.get_secret_value() if secret else ""
        self._redirect = f"{settings.public_url}{CALLBACK}"

    async def begin(self, back: str) -> tuple[str, PendingSignIn]:
        """Where to send the browser, and what it has to bring back.

        Raises:
            SignInFailed: the provider is away.
        """
        async with _talking() as http:
            addresses = await self._addresses(http)
        pending = PendingSignIn(
            state=generate_token(32),
            nonce=generate_token(32),
            verifier=generate_token(64),
            back=back,
            at=datetime.now(UTC),
        )
        url = prepare_grant_uri(
            addresses.authorization_endpoint,
            client_id=self._client,
            response_type="code",
            redirect_uri=self._redirect,
            scope=_SCOPE,
            state=pending.state,
            nonce=pending.nonce,
            code_challenge=create_s256_code_challenge(pending.verifier),
            code_challenge_method="S256",
        )
        return str(url), pending

    async def finish(self, answer: Mapping[str, str], pending: PendingSignIn | None) -> Identity:
        """The identity of the person who came back from the provider, from the callback's address.

        Raises:
            SignInFailed: nobody that we know of, with the reason.
        """
        if pending is None or datetime.now(UTC) - pending.at > PENDING_LASTS:
            raise SignInFailed(
                "this sign-in was begun in another browser, or more than "
                f"{int(PENDING_LASTS.total_seconds() // 60)} minutes ago: begin anew",
                400,
            )
        if not hmac.compare_digest(answer.get("state", "").encode(), pending.state.encode()):
            raise SignInFailed("the answer does not belong to this sign-in: begin anew", 400)
        self._must_be_ours(answer)
        if error := answer.get("error"):
            described = answer.get("error_description", "")
            raise SignInFailed(f"the provider refused: {error} {described}".strip()[:300])
        async with _talking() as http:
            addresses = await self._addresses(http)
            tokens = await self._tokens(http, addresses, answer.get("code", ""), pending)
            keys = await _json(http.get(addresses.jwks_uri), "its keys")
        return self._identity(self._claims(tokens, keys, addresses.issuer, pending))

    def _must_be_ours(self, answer: Mapping[str, str]) -> None:
        """Refuse the answer of another provider (RFC 9207); many name none."""
        if answer.get("iss", self.issuer).rstrip("/") != self.issuer:
            raise SignInFailed("the answer came from another provider: begin anew", 400)

    async def _addresses(self, http: httpx.AsyncClient) -> _Addresses:
        url = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        told = await _json(http.get(url), "its configuration")
        try:
            addresses = _Addresses.model_validate(told)
        except ValidationError as error:
            fields = ", ".join(str(detail["loc"][0]) for detail in error.errors())
            raise SignInFailed(f"the provider's configuration lacks {fields}", 502) from None
        if addresses.issuer.rstrip("/") != self.issuer:
            raise SignInFailed(
                f"the provider calls itself {addresses.issuer[:200]}, not {self._issuer}: "
                f"correct {variable('oidc_issuer')}",
                502,
            )
        if self._issuer.startswith("https:"):
            told = addresses.model_dump(exclude={"issuer", "auth_methods"})
            for name, url in told.items():
                if not str(url).startswith("https://"):
                    raise SignInFailed(f"the provider's {name} is no https address", 502)
        return addresses

    async def _tokens(
        self, http: httpx.AsyncClient, addresses: _Addresses, code: str, pending: PendingSignIn
    ) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect,
            "code_verifier": pending.verifier,
            "client_id": self._client,
        }
        by_header = "client_secret_basic" in addresses.auth_methods
        if self._secret and by_header:
            # RFC 6749 has both encoded as in a form before they are joined by a colon.
            name, secret = quote(self._client, safe=""), quote(self._secret, safe="")
            asked = http.post(addresses.token_endpoint, data=form, auth=(name, secret))
        else:
            given = {"client_secret": self._secret} if self._secret else {}
            asked = http.post(addresses.token_endpoint, data={**form, **given})
        return await _json(asked, "who it is")

    def _claims(
        self, tokens: dict[str, Any], keys: dict[str, Any], issuer: str, pending: PendingSignIn
    ) -> dict[str, Any]:
        """The claims of the ID token, once it is verified."""
        options = {
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": self._client},
            "exp": {"essential": True},
            "nonce": {"essential": True, "value": pending.nonce},
        }
        params = {
            "nonce": pending.nonce,
            "client_id": self._client,
            "access_token": tokens.get("access_token"),
        }
        try:
            read = jwt.decode(
                str(tokens.get("id_token", "")),
                KeySet.import_key_set(cast(KeySetSerialization, keys)),
                _ALGORITHMS,
            )
            claims = CodeIDToken(read.claims, read.header, options, params)
            claims.validate(leeway=_LEEWAY)
        except ExpiredTokenError:
            why = "it has expired; is the clock of this machine right?"
        except (InvalidClaimError, MissingClaimError) as wrong:
            why = f"its {wrong.claim} is not what it has to be"
        except (JoseError, ValueError, KeyError, TypeError):
            why = "it is not signed by the provider's keys"
        else:
            if time.time() - claims["iat"] <= _OLDEST:
                return dict(claims)
            why = "its iat is too long ago"
        raise SignInFailed(f"the provider's ID token is refused: {why}")

    def _identity(self, claims: dict[str, Any]) -> Identity:
        role = self._role(claims)
        try:
            who = Subject(issuer=self.issuer, subject=claims["sub"])
        except ValidationError:
            raise SignInFailed("the provider's ID token has no usable sub") from None
        # Whoever can write any address into their profile would else be who has it.
        email = claims.get("email") if claims.get("email_verified") is True else None
        for said in (claims.get("preferred_username"), email, claims.get("sub")):
            try:
                name = _NAME.validate_python(said)
            except ValidationError:
                continue
            # At many providers people choose their user name, and it may be somebody's address.
            verified = {key_of(each) for each in (email, who.subject) if isinstance(each, str)}
            unverified = is_address(name) and key_of(name) not in verified
            return Identity(name, role, who, unverified)
        raise SignInFailed("the provider's ID token names nobody")

    def _role(self, claims: dict[str, Any]) -> Role:
        """The highest role that the claim's values give."""
        claim, gives = self._settings.oidc_role_claim, self._settings.oidc_role_of
        said = _at(claims, claim)
        values = said if isinstance(said, list) else [said]
        given = [gives[value] for value in values if isinstance(value, str) and value in gives]
        if given:
            return max(given, key=list(Role).index)
        if self._settings.oidc_default_role:
            return self._settings.oidc_default_role
        raise SignInFailed(
            f"the provider knows you, but gives you no role here: its claim {claim} holds no "
            f"value of {variable('oidc_roles')}. Ask who runs Standfast"
        )


def issuer_of(settings: Settings) -> str:
    """The provider as it is on record: people get the slash at the end wrong. Empty without one."""
    return (settings.oidc_issuer or "").rstrip("/")


@cache
def provider_of(settings: Settings) -> Provider | None:
    """The provider to sign in with; None where it is not set.

    Raises:
        BadSetting: its settings are incomplete.
    """
    return Provider(settings) if settings.oidc_issuer or settings.oidc_client_id else None


@cache
def _trusted() -> ssl.SSLContext:
    """What httpx trusts, read once: it takes as long as the rest of a sign-in."""
    return httpx.create_ssl_context()


@asynccontextmanager
async def _talking() -> AsyncIterator[httpx.AsyncClient]:
    """A client for a few requests, which together may take so long and no longer.

    SignInFailed when the provider is away.
    """
    try:
        async with (
            asyncio.timeout(_ALL_WITHIN),
            httpx.AsyncClient(timeout=_REQUEST_WITHIN, verify=_trusted()) as http,
        ):
            yield http
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as away:
        why = str(away) or f"no answer in {_REQUEST_WITHIN:.0f} s"
        raise SignInFailed(
            f"the sign-in provider cannot be reached ({why}): try again later, or sign in with a "
            "token",
            503,
        ) from None


async def _json(asked: Awaitable[httpx.Response], what: str) -> dict[str, Any]:
    response = await asked
    try:
        told = response.json()
    except ValueError:
        told = None
    if response.status_code == 200 and isinstance(told, dict):
        return told
    error = told.get("error") if isinstance(told, dict) else None
    why = f"status {response.status_code}" + (f", {error}" if error else "")
    raise SignInFailed(f"the sign-in provider did not tell {what} ({why[:200]})", 502)


def _at(claims: dict[str, Any], name: str) -> Any:
    """The claim of that name, else what its dots lead to."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found
