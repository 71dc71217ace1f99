"""JSON bodies: their content type, who acts, and their examples for the OpenAPI document."""

from email.message import Message
from typing import Annotated, Any

from fastapi import Request
from pydantic import Field, create_model

from standfast.api.problem_details import Problem
from standfast.messages.message import InboundMessage, OptionalLine, at_most

AUTHOR = "by"
"""The field that says who acts."""


def body_of(model: type[InboundMessage]) -> type[InboundMessage]:
    """The model as a body, in which who acts may be left out."""
    if AUTHOR not in model.model_fields:
        return model
    author = Field(
        default="", description="Who acts; only operators may name another than the caller."
    )
    return create_model(
        model.__name__,
        __base__=model,
        __module__=__name__,
        __doc__=model.__doc__,
        by=(Annotated[OptionalLine, at_most(200)], author),
    )


_LONGEST_TYPE = 500
"""Characters; reading its parameters takes the square of their number."""


MOST_FIELDS = 2_000
"""Of a JSON body, in all its objects: an error is told of each that is wrong."""


async def json_only(request: Request) -> None:
    """A dependency for routes that take a body. Problem: 415 for one that is not JSON."""
    told = request.headers.get("content-type", "")
    message = Message()
    message["content-type"] = told[:_LONGEST_TYPE]
    kind = message.get_content_type() if told else ""
    if kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
        if _holds_too_much(await _json_of(request)):
            raise Problem(413, detail=f"the body holds more than {MOST_FIELDS:,} fields")
        return
    if told or await request.body():
        raise Problem(415, detail="send JSON, with Content-Type: application/json")


async def _json_of(request: Request) -> object:
    try:
        return await request.json()  # FastAPI has parsed it already
    except (ValueError, RecursionError):
        return None  # FastAPI says what is wrong


def _holds_too_much(value: object) -> bool:
    fields, todo = 0, [value]
    while todo and fields <= MOST_FIELDS:
        inside = todo.pop()
        if isinstance(inside, dict):
            fields += len(inside)
            todo += [entry for entry in inside.values() if isinstance(entry, dict | list)]
        elif isinstance(inside, list):
            todo += [entry for entry in inside if isinstance(entry, dict | list)]
    return fields > MOST_FIELDS


def raw_json(schema: dict[str, Any], sample: Any) -> dict[str, Any]:
    """For `openapi_extra=` of a route that reads its JSON body itself."""
    content = {"application/json": {"schema": schema, "example": sample}}
    return {"requestBody": {"required": True, "content": content}}


def example(body: dict[str, Any]) -> dict[str, Any]:
    """For `openapi_examples=` of a body."""
    return {"example": {"value": body}}
