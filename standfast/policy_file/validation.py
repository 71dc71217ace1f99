"""Validates a policy's YAML with the models; each problem in words, with its file and line."""

from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from yaml.nodes import MappingNode, Node, ScalarNode

from standfast.messages.message import parse_duration
from standfast.policy.policy import Policy
from standfast.policy.references import broken_references, unlisted_hosts
from standfast.policy.runbooks import NOT_HERE
from standfast.policy_file.nodes import Places, Problem, problem_at, scalars, to_python
from standfast.policy_file.renamed_keys import new_name

_KEY_MARK = "[key]"
"""Pydantic's last step to a mapping's key."""

_MESSAGES = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "time_delta_parsing": "must be a duration like 90s, 15m, 1h30m or 5d",
    "time_delta_type": "must be a duration like 90s, 15m, 1h30m or 5d",
    "time_parsing": "must be a time of day like 09:00",
    "date_from_datetime_parsing": "must be a date like 2026-01-05",
    "date_parsing": "must be a date like 2026-01-05",
    "string_pattern_mismatch": "a name may hold only lower case letters, digits, - and _,"
    " and starts with a letter or digit",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "tuple_type": "must be a list",
    "int_parsing": "must be a whole number",
    "finite_number": "must be a finite number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
}


def validate(tree: MappingNode) -> tuple[Policy | None, list[Problem]]:
    """The policy in `tree`, or everything that is wrong with it."""
    data, places = to_python(tree), Places(tree)
    try:
        return Policy.model_validate(data), []
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
    except OverflowError:
        too_large = "holds a number that is too large to count with"
        return None, list(_uncountable(tree)) or [problem_at(tree.start_mark, too_large)]
    problems: list[Problem] = []
    for fault in faults:
        if fault["type"] == "too_short" and _is_explained(fault, faults):
            continue
        if fault["loc"]:
            problems.append(_of_fault(places, fault))
        else:
            problems += [
                _of_reference(places, line) for line in _without_prefix(fault).splitlines()
            ]
    if any(fault["loc"] for fault in faults):
        # The models check references only once all else is right; people want to see all errors.
        problems += [_of_reference(places, line) for line in _broken_references(data)]
    return None, problems


def _uncountable(tree: MappingNode) -> Iterator[Problem]:
    """Durations that are too long for Python, which fails without saying where."""
    for scalar in scalars(tree):
        try:
            parse_duration(scalar.value)
        except OverflowError:
            message = f"{_MESSAGES['time_delta_parsing']}, not {scalar.value!r}"
            yield problem_at(scalar.start_mark, message)
        except ValueError:
            continue  # too many digits: of those the models complain themselves


def _without_prefix(fault: ErrorDetails) -> str:
    message = fault["msg"].removeprefix("Value error, ")
    return message.replace("Input should be", "must be", 1).replace(" after validation", "")


def _is_explained(fault: ErrorDetails, faults: list[ErrorDetails]) -> bool:
    """Whether "too short" is only a consequence: pydantic counts only valid items of a list."""
    place = fault["loc"]
    return any(other["loc"][: len(place)] == place and other is not fault for other in faults)


def _of_fault(places: Places, fault: ErrorDetails) -> Problem:
    place = tuple(part for part in fault["loc"] if part != _KEY_MARK)
    mark, node = places.locate(place)
    message = _MESSAGES.get(fault["type"]) or _without_prefix(fault)
    if fault["type"] == "extra_forbidden" and (renamed := new_name(place)):
        message = f"is now called `{renamed}`"
    of_value = fault["loc"][-1] != _KEY_MARK and fault["type"] not in ("missing", "extra_forbidden")
    may_be_shown = isinstance(node, ScalarNode) and NOT_HERE not in message and not _is_url(node)
    if of_value and may_be_shown:
        shown = node.value if len(node.value) <= 40 else f"{node.value[:40]}…"
        if repr(shown) not in message:
            but = repr(shown) if shown else "" if "empty" in message else "empty"
            message = f"{message}, not {but}" if but else message
        if fault["type"] == "string_type" and shown:
            message += "; write it in quotes if it is meant as text"
    return problem_at(mark, message, place)


def _is_url(node: ScalarNode) -> bool:
    """Whether it may be the URL of a channel, which holds what nobody else should read."""
    return "://" in node.value


def _of_reference(places: Places, line: str) -> Problem:
    """`line` is a `dotted.place: message` of `Policy`."""
    place, _, message = line.partition(": ")
    path = place.split(".")
    mark, node = places.locate(path)
    return problem_at(_named_in(message, node) or mark, message, path)


def _named_in(message: str, node: Node) -> Any:
    """The position of the value that `message` quotes, when it is one of many."""
    quotes = message.partition("; there are: ")[0]
    return next((s.start_mark for s in scalars(node) if s.value and repr(s.value) in quotes), None)


class _Known(dict[str, Any]):
    """A section with invalid entries: they count as existing, and are not checked further.

    Where the section itself is invalid, any name counts as existing.
    """

    def __init__(self, whole: dict[str, Any], names: tuple[str, ...] | None) -> None:
        super().__init__(whole)
        self._names = names

    def __contains__(self, name: object) -> bool:
        return self._names is None or name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names or ())


def _broken_references(data: dict[str, Any]) -> Iterator[str]:
    """The reference errors of a policy that has other errors too.

    The references of an invalid entry are not checked.
    """
    sections: dict[str, Any] = {}
    broken = set()
    for name, info in Policy.model_fields.items():
        value = data.get(name)
        if get_origin(info.annotation) is dict:
            _, model = get_args(info.annotation)
            sections[name] = _known(model, value, required=info.is_required())
            broken |= {name} if not isinstance(value, dict) else set()
        elif isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            whole = _valid(info.annotation, {} if value is None else value)
            sections[name] = whole or info.annotation.model_construct()
            broken |= {name} if whole is None else set()
        elif get_origin(info.annotation) is tuple:
            items = _valid(info.annotation, [] if value is None else value)
            sections[name] = items or ()
            broken |= {name} if items is None else set()
        else:
            sections[name] = value if isinstance(value, str) else ""
            broken |= {name} if not isinstance(value, str) else set()
    policy = Policy.model_construct(**sections)
    # Of a list of hosts that is broken nobody knows what it holds.
    unlisted = () if "hosts" in broken else unlisted_hosts(policy)
    for place, message in (*broken_references(policy), *unlisted):
        if place.partition(".")[0] not in broken:
            yield f"{place}: {message}"


def _known(model: Any, entries: Any, *, required: bool) -> dict[str, Any]:
    if not isinstance(entries, dict) or not entries:
        return _Known({}, None if required or entries else ())
    whole = {key: found for key, entry in entries.items() if (found := _valid(model, entry))}
    return _Known(whole, tuple(entries))


def _valid(kind: Any, value: Any) -> Any:
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return None
