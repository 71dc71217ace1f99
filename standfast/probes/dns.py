"""DNS probe: a name that must lead to the expected addresses.

It asks the system's resolver, as the programs on this machine do: `/etc/hosts` and caches answer
too, and of a name with many addresses the resolver may hand out a part.
"""

import asyncio
import socket
from ipaddress import ip_address

from standfast.incidents.observation import Observation, failed, passed
from standfast.messages.message import words_of
from standfast.outgoing.os_errors import reason_of
from standfast.policy.system_tests import DnsTest
from standfast.probes.context import ProbeContext

_FAMILIES = {None: socket.AF_UNSPEC, "A": socket.AF_INET, "AAAA": socket.AF_INET6}
_MOST_SHOWN = 10


async def probe(test: DnsTest, context: ProbeContext) -> Observation:
    """Look the name up once."""
    kind = f" ({test.type})" if test.type else ""
    try:
        async with asyncio.timeout(context.within.total_seconds()):
            entries = await asyncio.get_running_loop().getaddrinfo(
                test.name, None, family=_FAMILIES[test.type], type=socket.SOCK_STREAM
            )
    except TimeoutError:
        return failed(f"{test.name}{kind} is not answered within {words_of(context.within)}")
    except OSError as error:
        return failed(f"{test.name}{kind} leads nowhere: {reason_of(error)}")
    found = {str(ip_address(str(entry[4][0]))) for entry in entries}
    leads = f"{test.name}{kind} leads to {_listed(found)}"
    expected = set(test.expect)
    wrong = [
        *([f"not to {_listed(expected - found)}"] if expected - found else []),
        *([f"unexpected: {_listed(found - expected)}"] if expected and found - expected else []),
    ]
    return failed("; ".join((leads, *wrong))) if wrong else passed(leads)


def _listed(addresses: set[str]) -> str:
    shown = sorted(addresses, key=lambda text: (":" in text, int(ip_address(text))))
    left = len(shown) - _MOST_SHOWN
    return ", ".join(shown[:_MOST_SHOWN]) + (f" and {left} more" if left > 0 else "")
