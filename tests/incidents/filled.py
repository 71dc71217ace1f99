"""Models with something in every field, each text of its own: to see which of them gets through."""

import types
import typing
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, TypeVar

from pydantic import AwareDatetime, BaseModel

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)

_SIMPLE: dict[Any, Any] = {
    bool: True,
    int: 7,
    float: 0.5,
    AwareDatetime: AT,
    datetime: AT,
    timedelta: timedelta(hours=1),
}

_Model = TypeVar("_Model", bound=BaseModel)


def filled(model: type[_Model], where: str = "") -> _Model:
    """The model with something in every field; a text is `<Model.field>`, with where it stands."""
    return model.model_construct(
        **{
            name: _value(field.annotation, f"{where}{model.__name__}.{name}")
            for name, field in model.model_fields.items()
        }
    )


def texts_in(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """The texts that `filled` put into a model, each with the path of its field: `report.title`."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from texts_in(getattr(value, name), f"{where}.{name}".strip("."))
    elif isinstance(value, tuple | list):
        for each in value:
            yield from texts_in(each, where)
    elif isinstance(value, dict):
        for each in (*value, *value.values()):
            yield from texts_in(each, where)
    elif isinstance(value, str) and value.startswith("<"):
        yield where, value


def _value(annotation: Any, where: str) -> Any:
    origin, inside = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _value(inside[0], where)
    if origin in (typing.Union, types.UnionType):
        return _value(next(each for each in inside if each is not type(None)), where)
    if origin is typing.Literal:
        return inside[-1]
    if origin in (tuple, list):
        return origin((_value(inside[0], where),))
    if origin is dict:
        return {_value(inside[0], f"{where} name"): _value(inside[1], where)}
    if issubclass(annotation, Enum):
        return next(iter(annotation))
    if issubclass(annotation, BaseModel):
        return filled(annotation, f"{where} ")
    return _SIMPLE.get(annotation, f"<{where}>")
