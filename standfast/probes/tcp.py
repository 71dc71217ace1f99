"""TCP probe: a connection that must open."""

from contextlib import suppress

from standfast.incidents.observation import Observation, failed, inconclusive, passed
from standfast.messages.message import words_of
from standfast.outgoing.egress import NotAllowed, connect
from standfast.outgoing.os_errors import reason_of
from standfast.policy.system_tests import TcpTest
from standfast.probes.context import ProbeContext


async def probe(test: TcpTest, context: ProbeContext) -> Observation:
    """Connect once, say nothing, and close."""
    where = f"{test.host} port {test.port}"
    try:
        writer = await connect(context.hosts, test.host, test.port, context.within)
    except NotAllowed as error:
        return inconclusive(error.reason)
    except TimeoutError:
        return failed(f"{where} did not accept within {words_of(context.within)}")
    except OSError as error:
        return failed(f"{where}: {reason_of(error)}")
    writer.close()
    with suppress(OSError):  # it was open; how the other side takes the end does not matter
        await writer.wait_closed()
    return passed(f"{where} accepts connections")
