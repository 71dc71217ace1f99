"""Limits on what requests do, for each client that they come from."""

from dataclasses import dataclass

from fastapi import Request

from standfast.hosting.client_address import client_of
from standfast.time.rate_limiters import ClientRateLimiter


@dataclass(frozen=True)
class RateLimit:
    """A limit on what requests do, for each client that they come from; `within` in seconds."""

    name: str
    most: int
    within: int

    def wait(self, request: Request) -> int:
        """Seconds until a request of this client may do it again, 0 for now."""
        return self._limiter(request).wait(client_of(request))

    def count(self, request: Request) -> None:
        """It did it once more."""
        self._limiter(request).count(client_of(request))

    def _limiter(self, request: Request) -> ClientRateLimiter:
        state = request.app.state
        if not hasattr(state, self.name):
            setattr(state, self.name, ClientRateLimiter(self.most, self.within))
        limiter: ClientRateLimiter = getattr(state, self.name)
        return limiter
