"""JSON bodies: the check of their content type, and their examples for the OpenAPI document."""

from email.message import Message
from typing import Any

from fastapi import Request

from standfast.api.problems import Problem


async def json_only(request: Request) -> None:
    """A dependency for routes that take a body. Problem: 415 for one that is not JSON."""
    told = request.headers.get("content-type", "")
    message = Message()
    message["content-type"] = told
    kind = message.get_content_type() if told else ""
    if kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
        return
    if told or await request.body():
        raise Problem(415, detail="send JSON, with Content-Type: application/json")


def raw_json(schema: dict[str, Any], sample: Any) -> dict[str, Any]:
    """For `openapi_extra=` of a route that reads its JSON body itself."""
    content = {"application/json": {"schema": schema, "example": sample}}
    return {"requestBody": {"required": True, "content": content}}


def example(body: dict[str, Any]) -> dict[str, Any]:
    """For `openapi_examples=` of a body."""
    return {"example": {"value": body}}
