"""Requests to the API: with the token, to its own host only, and each within a limit of time."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NamedTuple, TypeVar

import httpx
from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import to_jsonable_python

from standfast.commands.remote.answers import Answer, Unreached, failure_of, not_ours, unreadable
from standfast.hosting.errors import BadSetting
from standfast.intake.errors import Unavailable

Model = TypeVar("Model", bound=BaseModel)

ANSWER_WITHIN = 60.0
"""Seconds for a request and its whole answer."""

_CONNECT_WITHIN = 5.0
_SILENT_FOR = 30.0
"""Seconds without a byte; longer than the API waits for a worker."""

_STREAM_SILENT_FOR = 45.0
"""Seconds without a byte of an event stream; the API sends one every 15."""

_LARGEST_ANSWER = 64_000_000
_AT_ONCE = 20


def named(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The body of these fields; whoever acts is the token's owner unless somebody is named."""
    body = {name: value for name, value in fields.items() if (name, value) != ("by", "")}
    return to_jsonable_python(body)  # type: ignore[no-any-return]


class Limits(NamedTuple):
    """Seconds for one request: in all, to connect, and without a byte."""

    in_all: float = ANSWER_WITHIN
    connecting: float = _CONNECT_WITHIN
    silent: float = _SILENT_FOR


LIMITS = Limits()


class ApiClient:
    """A client of the API at `url`. Errors are IntakeErrors in one sentence, without the token."""

    def __init__(self, url: str, token: SecretStr, limits: Limits | None = None) -> None:
        self.url = url
        self._limits = limits or LIMITS
        https = url.startswith("https:")
        try:
            _ = httpx.URL(url).host  # ValueError for a name that cannot be
            self._http = httpx.AsyncClient(
                base_url=url,
                headers={
                    "Authorization": f"Bearer {token.get_secret_value()}",
                    "Accept": "application/json",
                },
                verify=_trusted() if https else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
                # A proxy would read what goes over http to this machine itself.
                trust_env=https,
                # Another address would get the token, or a POST made a GET.
                follow_redirects=False,
                timeout=httpx.Timeout(
                    self._limits.silent, connect=self._limits.connecting, pool=self._limits.in_all
                ),
                limits=httpx.Limits(max_connections=_AT_ONCE + 1),
            )
        except (httpx.InvalidURL, ImportError, ValueError):
            # The proxy's address may have a password in it.
            raise BadSetting(
                f"STANDFAST_URL: {url} cannot be used, or the proxy that HTTPS_PROXY or ALL_PROXY "
                "names: check their host names and ports"
            ) from None

    async def close(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def get(self, path: str, model: type[Model], **query: Any) -> Model:
        """What a path answers.

        Raises:
            IntakeError: it is refused, or fails.
        """
        return self._read(await self.send("GET", path, query=_given(query)), model)

    async def post(
        self,
        path: str,
        model: type[Model],
        body: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
    ) -> Model:
        """What a path answers to a body. It is sent once: where the answer fails to come, it may
        have been done.
        """
        return self._read(await self.send("POST", path, body=body, headers=headers), model)

    async def put(self, path: str, model: type[Model], body: Mapping[str, Any]) -> Model:
        """What a path answers to a body that is to stand there."""
        return self._read(await self.send("PUT", path, body=body), model)

    async def delete(self, path: str, model: type[Model], **query: Any) -> Model:
        """What a path answers when something there is deleted."""
        return self._read(await self.send("DELETE", path, query=_given(query)), model)

    async def content(self, path: str) -> bytes:
        """What a path answers, as it came."""
        return (await self.send("GET", path)).content

    async def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request, and its whole answer.

        Raises:
            IntakeError: it is not 2xx.
        """
        given = dict(headers or {})
        if body is not None:
            given["Content-Type"] = "application/json"
        # As ASCII: a command line may have bytes in it that are no characters.
        content = None if body is None else json.dumps(body).encode("ascii")
        request = self._http.build_request(
            method, path, params=query or None, content=content, headers=given
        )
        with self._explained():
            async with asyncio.timeout(self._limits.in_all):
                answer = await self._whole(await self._http.send(request, stream=True))
        if not answer.ok:
            raise failure_of(answer, self.url)
        return answer

    def _read(self, answer: Answer, model: type[Model]) -> Model:
        if not answer.is_json:
            raise not_ours(self.url, answer)
        try:
            return model.model_validate_json(answer.content)
        except ValidationError as wrong:
            cut_off = wrong.errors(include_input=False)[0]["type"] == "json_invalid"
            raise unreadable(self.url, cut_off=cut_off) from None

    async def _whole(self, response: httpx.Response) -> Answer:
        content = bytearray()
        try:
            async for part in response.aiter_bytes():
                content += part
                if len(content) > _LARGEST_ANSWER:
                    raise Unavailable(f"{self.url} answered with more than {_LARGEST_ANSWER} bytes")
        finally:
            await response.aclose()
        return Answer(response.status_code, response.headers, bytes(content))

    @asynccontextmanager
    async def lines(
        self, path: str, headers: Mapping[str, str]
    ) -> AsyncIterator[AsyncIterator[str]]:
        """The lines of an event stream, as they come."""
        timeout = httpx.Timeout(
            self._limits.silent, connect=self._limits.connecting, read=_STREAM_SILENT_FOR
        )
        accepts = {"Accept": "text/event-stream", **headers}
        with self._explained():
            async with self._http.stream("GET", path, headers=accepts, timeout=timeout) as response:
                if response.status_code not in (200, 204):
                    raise failure_of(await self._whole(response), self.url)
                yield response.aiter_lines()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Failures of the connection, in one sentence that says what to do."""
        try:
            yield
        except httpx.ConnectTimeout:
            raise Unreached(
                f"{self.url} cannot be reached (nothing takes the connection): check STANDFAST_URL"
            ) from None
        except (TimeoutError, httpx.TimeoutException):
            why, todo = "no answer in time", "try again later"
        except httpx.HTTPError as failed:
            why, todo = _why(failed)
            if isinstance(failed, httpx.ConnectError | httpx.ProxyError):
                raise Unreached(f"{self.url} cannot be reached ({why}): {todo}") from None
        else:
            return
        raise Unavailable(f"{self.url} cannot be reached ({why}): {todo}") from None


def _given(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value not in (None, "")}


def _trusted() -> ssl.SSLContext:
    """Checks certificates: by SSL_CERT_FILE or SSL_CERT_DIR, or else by the usual authorities."""
    try:
        return httpx.create_ssl_context()
    except (OSError, ssl.SSLError) as error:
        raise BadSetting(
            f"SSL_CERT_FILE or SSL_CERT_DIR: there are no certificates that can be read: {error}"
        ) from None


def _why(failed: httpx.HTTPError) -> tuple[str, str]:
    """Why a request failed, and what to do about it."""
    cause: BaseException | None = failed
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f"its certificate is not trusted: {cause.verify_message}",
                "set SSL_CERT_FILE to a file with the certificate of the authority that issued it",
            )
        if isinstance(cause, ssl.SSLError):
            return "it does not speak https as it should", "check STANDFAST_URL"
        cause = cause.__cause__ or cause.__context__
    if isinstance(failed, httpx.ConnectError):
        return "nothing answers there", "check STANDFAST_URL, and whether the API runs there"
    if isinstance(failed, httpx.ProxyError):
        return "the proxy in between refuses it", "check HTTPS_PROXY and NO_PROXY"
    if isinstance(failed, httpx.DecodingError | httpx.RemoteProtocolError | httpx.ReadError):
        return "its answer broke off or is not HTTP", "check STANDFAST_URL, and try again"
    return "the connection broke", "try again"
