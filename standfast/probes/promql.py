"""PromQL probe: what a Prometheus server measures must be in bounds, series by series.

A server that cannot be asked, or has nothing to say, says nothing about the service: that settles
nothing. So does a good value under a warning, which means that a part of the data is missing.
"""

import math
import operator
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx
from pydantic import BaseModel, ValidationError

from standfast.incidents.observation import Observation, failed, inconclusive, passed, quote
from standfast.messages.message import words_of
from standfast.outgoing.egress import NotAllowed, read_prefix, request, why_failed
from standfast.policy.system_tests import PromqlTest
from standfast.probes.context import ProbeContext

LARGEST_ANSWER = 2_000_000
"""Bytes, some ten thousand series."""

_MOST_SHOWN = 3
_LONGEST_SERIES = 120
_REMARK = "PromQL info"
"""How a warning begins that is about the query's style."""

_HOLDS = {
    "at least": operator.ge,
    "at most": operator.le,
    "above": operator.gt,
    "below": operator.lt,
}


class _Data(BaseModel):
    resultType: str = ""  # noqa: N815 - as Prometheus writes it
    result: list[Any] = []


class _Answer(BaseModel):
    """What `/api/v1/query` answers: https://prometheus.io/docs/prometheus/latest/querying/api/"""

    status: str
    data: _Data = _Data()
    error: str = ""
    warnings: list[str] = []


class _Sample(BaseModel):
    metric: dict[str, str] = {}
    value: tuple[float, str]


async def probe(test: PromqlTest, context: ProbeContext) -> Observation:
    """Ask for the query's value at this moment, once."""
    within = context.within
    asked = urlencode({"query": test.query, "timeout": f"{within // timedelta(milliseconds=1)}ms"})
    url = f"{test.server}/api/v1/query?{asked}"
    try:
        async with request("GET", url, hosts=context.hosts, within=within) as response:
            body = await read_prefix(response, LARGEST_ANSWER)
    except NotAllowed as error:
        return inconclusive(error.reason)
    except (TimeoutError, httpx.TimeoutException):
        return inconclusive(f"Prometheus did not answer within {words_of(within)}")
    except httpx.HTTPError as error:
        return inconclusive(f"Prometheus did not answer: {why_failed(error)}")
    if len(body) == LARGEST_ANSWER:
        return inconclusive(f"Prometheus answered more than {LARGEST_ANSWER} bytes")
    try:
        answer = _Answer.model_validate_json(body)
    except ValidationError:
        return inconclusive(f"answered {response.status_code}, not as Prometheus does")
    if answer.status != "success":
        return inconclusive(f"Prometheus refused the query: {quote(answer.error)}")
    return _judge(test, answer)


def _judge(test: PromqlTest, answer: _Answer) -> Observation:
    try:
        values = _values(answer.data)
    except ValueError as error:
        return inconclusive(str(error))
    warnings = [quote(text) for text in answer.warnings if not text.startswith(_REMARK)]
    warned = f" (Prometheus warns: {'; '.join(warnings[:_MOST_SHOWN])})" if warnings else ""
    bounds = " and ".join(f"{words} {_number(bound)}" for words, bound in test.bounds.items())
    unknown = [value for value in values if math.isnan(value.number)]
    known = [value for value in values if not math.isnan(value.number)]
    outside = [value for value in known if not value.is_in(test.bounds)]
    if outside:
        of_all = f" in {len(outside)} of {len(values)} series" if len(values) > 1 else ""
        return failed(f"expected {bounds}, but{of_all}: {_shown(outside)}{warned}")
    if not values:
        return inconclusive(f"no series answers the query{warned}")
    if unknown:
        return inconclusive(f"expected {bounds}, but there is no number: {_shown(unknown)}")
    seen = f"{_shown(values)}, {bounds}{warned}"
    return inconclusive(seen) if warned else passed(seen)


class _Value(NamedTuple):
    """What one series is at this moment. A scalar has no name."""

    series: str
    number: float

    def is_in(self, bounds: Mapping[str, float]) -> bool:
        return all(_HOLDS[words](self.number, bound) for words, bound in bounds.items())


def _values(data: _Data) -> list[_Value]:
    """ValueError, with words, where the answer holds something else."""
    if data.resultType == "scalar":
        samples: list[Any] = [{"value": data.result}]
    elif data.resultType == "vector":
        samples = data.result
    else:
        kind = quote(data.resultType) or "nothing"
        raise ValueError(f"the query gives a {kind}, not a number or one for each series")
    try:
        found = [_Sample.model_validate(sample) for sample in samples]
        return [_Value(_series(sample.metric), float(sample.value[1])) for sample in found]
    except ValueError:
        raise ValueError("the query gives something else than numbers") from None


def _series(metric: Mapping[str, str]) -> str:
    labels = ", ".join(f"{name}={value!r}" for name, value in metric.items() if name != "__name__")
    return quote(metric.get("__name__", "") + (f"{{{labels}}}" if labels else ""), _LONGEST_SERIES)


def _shown(values: Sequence[_Value]) -> str:
    shown = [f"{value.series} {_number(value.number)}".strip() for value in values[:_MOST_SHOWN]]
    left = len(values) - len(shown)
    return ", ".join(shown) + (f" and {left} more" if left else "")


def _number(value: float) -> str:
    return f"{value:.10g}"
