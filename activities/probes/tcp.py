"""TCP probe: a connection that must open."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from activities.probes.observation import (
    Observation,
    fails,
    in_words,
    quote,
    settles_nothing,
    works,
)
from incidents.message import words_of
from incidents.policy.services import TcpTest


async def probe(test: TcpTest, within: timedelta) -> Observation:
    """Connect once, say nothing, and close."""
    where = f"{test.host} port {test.port}"
    try:
        async with asyncio.timeout(within.total_seconds()):
            _, writer = await asyncio.open_connection(test.host, test.port)
    except TimeoutError:
        return fails(f"{where} did not accept within {words_of(within)}")
    except UnicodeError as error:
        return settles_nothing(f"{where} cannot be looked up: {quote(str(error))}")
    except OSError as error:
        return fails(f"{where}: {in_words(error)}")
    writer.close()
    with suppress(OSError):  # it was open; how the other side takes the end does not matter
        await writer.wait_closed()
    return works(f"{where} accepts connections")
