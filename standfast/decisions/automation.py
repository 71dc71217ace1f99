"""Automation: what a runbook would run for an incident, and on which target; or why it cannot.

Only two fields of a report get this far, and only as names: the service if it is in the catalogue,
and the label `host` if it is a host's name or address that is on the policy's list of `hosts`.
"""

import re
from dataclasses import dataclass

from standfast.incidents.resolution import RemediationRequest
from standfast.policy import Policy
from standfast.policy.hosts import host_of, knows, literal, plain_name
from standfast.policy.placeholders import filled, used_by
from standfast.policy.runbooks import Runbook

HOST_LABEL = "host"
"""The label of a report that names the host it is about."""

_MADE_BY_US = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._-]{0,199}")


@dataclass(frozen=True)
class Planned:
    """A runbook with its placeholders filled in.

    target: what it acts on, for the guards: `host:NAME`, `service:NAME` or `runbook:NAME`.
    """

    runbook: Runbook
    target: str


@dataclass(frozen=True)
class NotPlanned:
    """Nothing can run; `reason` continues a sentence about the runbook's name."""

    reason: str


Plan = Planned | NotPlanned


def plan(policy: Policy, asked: RemediationRequest) -> Plan:
    """What the runbook would do for this incident."""
    runbook = policy.runbooks.get(asked.runbook)
    if runbook is None:
        return NotPlanned(f"the policy has no runbook {asked.runbook!r} any more")
    if problem := cannot_act(policy, runbook, asked.service, asked.host):
        return NotPlanned(f"runbook {asked.runbook} {problem}")
    values = {"incident": asked.incident_id, "key": asked.key}
    for name, value in values.items():
        if not _MADE_BY_US.fullmatch(value):
            return NotPlanned(f"{value!r} is no {name} of ours")
    if asked.service in policy.services:
        values["service"] = asked.service
    if host := normal_host(asked.host):
        values["host"] = host
    runbook = filled(runbook, values)
    for work in runbook.work():
        name = host_of(work.http.url) if work.http else ""
        if name and not knows(policy.hosts, name):
            return NotPlanned(f"runbook {asked.runbook} asks {name}, which is not among the hosts")
    return Planned(runbook, _target(asked.runbook, policy.runbooks[asked.runbook], values))


def cannot_act(policy: Policy, runbook: Runbook, service: str, host: str) -> str:
    """Why the runbook cannot act for a report with this service and host; empty when it can.

    The words continue a sentence that begins with its name.
    """
    used = used_by(runbook)
    if "service" in used and service not in policy.services:
        return "acts on a service, and none of the catalogue is named"
    if "host" not in used:
        return ""
    if not host:
        return f"acts on a host, and the report has no label {HOST_LABEL}"
    name = normal_host(host)
    if name is None:
        return f"acts on a host, and the label {HOST_LABEL} is not the name or address of one"
    if not knows(policy.hosts, name):
        return f"acts on a host, and {name} is not among the policy's hosts"
    return ""


def normal_host(text: str) -> str | None:
    """The host's name in lower case, or its address as it is usually written.

    None for all else: no option, no odd spelling of an address, nothing beyond ASCII.

    >>> normal_host("Web-1.fernhill.example"), normal_host("::0001"), normal_host("--force")
    ('web-1.fernhill.example', '::1', None)
    """
    if not text.isascii():
        return None  # the Kelvin sign, for one, is a "k" in lower case
    address = literal(text)
    return str(address) if address else plain_name(text)


def _target(name: str, runbook: Runbook, values: dict[str, str]) -> str:
    if "host" in used_by(runbook):
        return f"host:{values['host']}"
    if "service" in values:
        return f"service:{values['service']}"
    return f"runbook:{name}"
