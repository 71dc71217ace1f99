"""What several machines must share, and this one has for itself."""

import socket
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import make_url

from standfast.hosting.settings import Settings, variable


class NotShared(NamedTuple):
    """Something that other machines do not have, and what to do about it."""

    name: str
    what: str
    remedy: str


def not_shared(settings: Settings, workers: Iterable[str]) -> list[NotShared]:
    """What this machine does not share with those on which the `workers` run, by their identities.

    Only settings are looked at: two machines may still have different databases or keys.
    """
    hosts = {worker.partition(" ")[0].partition("@")[2] for worker in workers}
    others = sorted(hosts - {"", socket.gethostname()})
    if not others:
        return []
    elsewhere = f"workers run elsewhere too ({', '.join(others[:5])})"
    found = []
    if make_url(settings.records_url).get_backend_name() == "sqlite":
        found.append(
            NotShared(
                "shared records",
                f"{elsewhere}, and the records of this machine are an SQLite file of its own",
                f"set {variable('database_url')} to one PostgreSQL database on all machines",
            )
        )
    if settings.signing_key is None:
        found.append(
            NotShared(
                "shared signing key",
                f"{elsewhere}, and this machine makes a key of its own: it refuses their sign-ins "
                "and links",
                f"set {variable('signing_key')} to one value on all machines",
            )
        )
    return found
