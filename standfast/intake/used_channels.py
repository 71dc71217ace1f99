"""Which channels and devices people have now: a link that went to another one is not good."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from standfast.decisions.personal_channels import usable
from standfast.incidents.own_channel import OwnSettings
from standfast.policy import Policy
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

_log = logging.getLogger(__name__)


class Used(NamedTuple):
    """The ids of the channels that people have added and verified, and of their devices, by person.

    is_current: False where the record store was away, and they are those that were known last.
    """

    ids: Mapping[str, tuple[str, ...]]
    is_current: bool = True


class UsedChannels:
    """For one process, which remembers what it has looked up last."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records
        self._own: Mapping[str, OwnSettings] = {}
        self._devices: Mapping[str, tuple[str, ...]] = {}

    async def now(self, policy: Policy) -> Used:
        """Those that are used now, as far as can be told."""
        is_current, records = True, self._records
        try:
            self._own = await records.run(records.own_channels.all)
            self._devices = await records.run(records.push_devices.answering, datetime.now(UTC))
        except RecordsUnavailable as away:
            is_current = False
            _log.warning("links are checked by the channels that were known last: %s", away)
        return self.known(policy)._replace(is_current=is_current)

    def known(self, policy: Policy) -> Used:
        """Those that were looked up last; the record store is not asked."""
        channels = {
            person: tuple(each.id for each in usable(policy, settings).values())
            for person, settings in self._own.items()
        }
        people = {**channels, **self._devices}
        ids = {who: (*channels.get(who, ()), *self._devices.get(who, ())) for who in people}
        return Used(ids)
