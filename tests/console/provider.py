"""A little provider of OpenID Connect on loopback: codes with PKCE, ID tokens signed by RSA."""

import base64
import functools
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from tests.local_server import Handler, LocalServer

CLIENT, SECRET = "standfast", "very/secret:of standfast"


@dataclass
class Answers:
    """How the provider answers; a test changes what it wants to be wrong.

    claims: laid over those of the ID token; None takes a claim away.
    signs: what the ID token is signed with: its own key, or what an attacker would take.
    """

    claims: dict[str, Any] = field(default_factory=dict)
    signs: str = "rsa"
    configuration: dict[str, Any] = field(default_factory=dict)
    token: dict[str, Any] = field(default_factory=dict)
    token_status: int = 200
    refuses: str = ""


class Provider(LocalServer):
    """Knows one client. Whoever comes is signed in as Ana, and asked nothing."""

    def __init__(self) -> None:
        self.answers = Answers()
        self.key = _key("one")
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        super().__init__(self._handler())

    @property
    def issuer(self) -> str:
        return f"http://{self.address}"

    def new_key(self) -> None:
        """As providers do every few months."""
        self.key = _key("two")

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
        } | self.answers.configuration

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser is sent back to."""
        assert query["client_id"] == CLIENT
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        answer = {"state": query["state"]}
        if self.answers.refuses:
            answer |= {"error": self.answers.refuses, "error_description": "<b>no</b>"}
        else:
            answer["code"] = secrets.token_urlsafe(16)
            self.codes[answer["code"]] = query
        return f"{query['redirect_uri']}?{urlencode(answer)}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The tokens for a code, once."""
        name, _, secret = _basic(authorization).partition(":")
        if (unquote(name), unquote(secret)) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form["code"], None)
        challenge = hashlib.sha256(form["code_verifier"].encode()).digest()
        if (
            asked is None
            or form["redirect_uri"] != asked["redirect_uri"]
            or _url_safe(challenge) != asked["code_challenge"]
        ):
            return 400, {"error": "invalid_grant"}
        access = secrets.token_urlsafe(16)
        tokens = {
            "access_token": access,
            "token_type": "Bearer",
            "id_token": self._id_token(asked["nonce"], access),
        }
        return self.answers.token_status, tokens | self.answers.token

    def _id_token(self, nonce: str, access: str) -> str:
        now = int(time.time())
        half = hashlib.sha256(access.encode()).digest()[:16]
        told = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "248289761001",
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "at_hash": _url_safe(half),
            "preferred_username": "ana",
            "email": "ana@fernhill.example",
            "email_verified": True,
            "groups": ["staff", "sre"],
        } | self.answers.claims
        claims = {name: value for name, value in told.items() if value is not None}
        match self.answers.signs:
            case "another key":
                return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, _key("three"))
            case "nothing":
                return f"{_unsigned({'alg': 'none'}, claims)}."
            case "the public key as a secret":
                unsigned = _unsigned({"alg": "HS256", "kid": str(self.key.kid)}, claims)
                public = self.key.as_pem(private=False)
                made = hmac.digest(public, unsigned.encode(), "sha256")
                return f"{unsigned}.{_url_safe(made)}"
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def _handler(provider) -> type[Handler]:  # noqa: N805
        class Answering(Handler):
            def do_GET(self) -> None:  # noqa: N802
                provider.wait_while_it_hangs()
                parts = urlsplit(self.path)
                provider.asked.append(parts.path)
                if parts.path == "/authorize":
                    self.send_response(302)
                    self.send_header("Location", provider.authorize(_flat(parts.query)))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                elif parts.path == "/jwks":
                    self._tell(200, dict(KeySet([provider.key]).as_dict(private=False)))
                else:
                    self._tell(200, provider.configuration())

            def do_POST(self) -> None:  # noqa: N802
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                provider.asked.append(self.path)
                self._tell(*provider.token(_flat(form), self.headers.get("Authorization", "")))

            def _tell(self, status: int, told: dict[str, Any]) -> None:
                body = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Answering


@functools.cache
def _key(name: str) -> RSAKey:
    """Made once: that takes a while."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})


def _unsigned(header: dict[str, str], claims: dict[str, Any]) -> str:
    return ".".join(_url_safe(json.dumps(part).encode()) for part in (header, claims))


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}


def _basic(authorization: str) -> str:
    return base64.b64decode(authorization.removeprefix("Basic ")).decode()


def _url_safe(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
