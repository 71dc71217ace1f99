"""Which channels of their own people use now: links that went to another one are not good."""

import logging
from collections.abc import Mapping
from typing import NamedTuple

from standfast.decisions.personal_channels import usable
from standfast.incidents.own_channel import OwnSettings
from standfast.policy import Policy
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

_log = logging.getLogger(__name__)


class Used(NamedTuple):
    """The ids of the channels that people have added and verified, by person.

    is_current: False where the record store was away, and they are those that were known last.
    """

    ids: Mapping[str, tuple[str, ...]]
    is_current: bool = True


class UsedChannels:
    """For one process, which remembers what it has looked up last."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records
        self._latest: Mapping[str, OwnSettings] = {}

    async def now(self, policy: Policy) -> Used:
        """Those that are used now, as far as can be told."""
        if not policy.contact_methods:
            return Used({})
        is_current = True
        try:
            self._latest = await self._records.run(self._records.own_channels.all)
        except RecordsUnavailable as away:
            is_current = False
            _log.warning("links are checked by the channels that were known last: %s", away)
        ids = {
            person: tuple(each.id for each in usable(policy, settings).values())
            for person, settings in self._latest.items()
        }
        return Used(ids, is_current)
