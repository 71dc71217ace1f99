"""Which channels of their own people use now: links that went to another one are not good."""

import logging
from collections.abc import Mapping

from standfast.decisions.personal_channels import usable
from standfast.incidents.own_channel import OwnSettings
from standfast.policy import Policy
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

_log = logging.getLogger(__name__)


class UsedChannels:
    """For one process. Without the record store it is what it was when it was last looked up."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records
        self._latest: Mapping[str, OwnSettings] | None = None

    async def ids(self, policy: Policy) -> Mapping[str, tuple[str, ...]]:
        """The ids of the channels that people have added and verified, by person.

        Raises:
            RecordsUnavailable: it was never looked up, and cannot be.
        """
        if not policy.contact_methods:
            return {}
        try:
            self._latest = await self._records.run(self._records.own_channels.all)
        except RecordsUnavailable as away:
            if self._latest is None:
                raise
            _log.warning("links are checked by the channels that were known last: %s", away)
        return {
            person: tuple(each.id for each in usable(policy, settings).values())
            for person, settings in self._latest.items()
        }
