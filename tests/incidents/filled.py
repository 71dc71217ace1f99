"""Models with something in every field, each text of its own: to see which of them gets through."""

import types
import typing
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


def _value(annotation: Any, where: str) -> Any:
    origin, inside = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _value(inside[0], where)
    if origin in (typing.Union, types.UnionType):
        return _value(next(each for each in inside if each is not type(None)), where)
    if origin is typing.Literal:
        return inside[-1]
    if origin is tuple:
        return (_value(inside[0], where),)
    if origin is dict:
        return {f"<{where} name>": f"<{where}>"}
    if issubclass(annotation, Enum):
        return next(iter(annotation))
    if issubclass(annotation, BaseModel):
        return filled(annotation, f"{where} ")
    return _SIMPLE.get(annotation, f"<{where}>")
