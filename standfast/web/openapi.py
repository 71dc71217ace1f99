"""The OpenAPI document of the API: made once, since that takes a second, and beside all else."""

import asyncio
import json
from functools import cached_property
from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi

from standfast.api.problem_details import SCHEMA, SCHEMA_NAME

PATH = "/openapi.json"


class OpenApi:
    """The document of one application."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._making: asyncio.Task[bytes] | None = None

    @cached_property
    def document(self) -> dict[str, Any]:
        """The document, without the console's pages."""
        made = get_openapi(
            title=self._app.title,
            version=self._app.version,
            description="Report incidents, act on them, and follow them. Errors are Problem "
            "Details.",
            routes=self._app.routes,
        )
        made.setdefault("components", {}).setdefault("schemas", {})[SCHEMA_NAME] = SCHEMA
        return made

    async def answer(self) -> Response:
        """The document for a client; all who ask wait for the same."""
        if self._making is None:
            self._making = asyncio.create_task(asyncio.to_thread(self._written))
        return Response(await asyncio.shield(self._making), media_type="application/json")

    def _written(self) -> bytes:
        return json.dumps(self.document, ensure_ascii=False, separators=(",", ":")).encode()


def install(app: FastAPI) -> None:
    """Serve it, and give it to whoever asks the application for it."""
    openapi = OpenApi(app)
    app.openapi = lambda: openapi.document  # type: ignore[method-assign]
    app.add_api_route(PATH, openapi.answer, include_in_schema=False)
