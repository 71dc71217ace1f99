"""The limit of open files, and how many connections it leaves room for."""

import resource
from collections.abc import Iterator

import pytest

from standfast.hosting import descriptors
from standfast.web.connections import ConnectionLimits


@pytest.fixture
def limits() -> Iterator[tuple[int, int]]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_it_is_raised_as_far_as_the_system_lets_us(limits: tuple[int, int]) -> None:
    hard = limits[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (1_000, hard))
    assert ConnectionLimits.of_this_process().total == 500
    raised = descriptors.raise_limit()
    assert raised == (65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536))
    assert descriptors.raise_limit() == raised
    total = ConnectionLimits.of_this_process().total
    assert total <= raised - min(512, raised // 2)
