"""Who sees which field: the decision stands at the field, and one function projects a view by it.

What nobody decided about is shown to responders only; a test fails where a field of an answer has
no decision. What responders alone see covers all that is in it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from standfast.incidents.roles import Role

_UNSET: Any = object()


@dataclass(frozen=True)
class SeenBy:
    """The decision about a field: the lowest role that sees it.

    part: for a reporter, what of the value is theirs, given the value, or each item of a tuple, and
        the reporter's name; None for nothing.
    instead: what the others get; else the field's default.
    """

    role: Role
    part: Callable[[Any, str], Any] | None = None
    instead: Any = _UNSET

    def for_others(self, field: FieldInfo) -> Any:
        """What those get who do not see it.

        ValueError: the field is required, and the decision says nothing.
        """
        if self.instead is not _UNSET:
            return self.instead
        if field.is_required():
            raise ValueError("a required field that not everybody sees needs `instead`")
        return field.get_default(call_default_factory=True)


_Value = TypeVar("_Value")

Everybody = Annotated[_Value, SeenBy(Role.REPORTER)]
"""A field for everybody who may know of the incident, so also for who reported it."""

Responders = Annotated[_Value, SeenBy(Role.RESPONDER)]
"""A field that reporters do not see."""

_UNDECIDED = SeenBy(Role.RESPONDER)


class Reader(Protocol):
    """Who reads: their name, and what they may."""

    @property
    def name(self) -> str: ...

    @property
    def role(self) -> Role: ...


_Model = TypeVar("_Model", bound=BaseModel)


def decision(field: FieldInfo) -> SeenBy | None:
    """The decision that stands at a field; None where there is none."""
    return next((each for each in field.metadata if isinstance(each, SeenBy)), None)


def project(model: _Model, reader: Reader) -> _Model:
    """The model as that reader sees it: other fields have their default, or what stands instead."""
    if reader.role.may(Role.RESPONDER):
        return model
    shown = {
        name: _projected(getattr(model, name), field, reader)
        for name, field in type(model).model_fields.items()
    }
    return model.model_copy(update=shown)


def _projected(value: Any, field: FieldInfo, reader: Reader) -> Any:
    decided = decision(field) or _UNDECIDED
    if not reader.role.may(decided.role):
        return decided.for_others(field)
    if decided.part is None or value is None:
        return _inside(value, reader)
    if not isinstance(value, tuple):
        return _inside(decided.part(value, reader.name), reader)
    parts = (decided.part(each, reader.name) for each in value)
    return tuple(_inside(each, reader) for each in parts if each is not None)


def _inside(value: Any, reader: Reader) -> Any:
    if isinstance(value, BaseModel):
        return project(value, reader)
    return tuple(_inside(each, reader) for each in value) if isinstance(value, tuple) else value
