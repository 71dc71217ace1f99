"""Prepares a Temporal namespace: search attributes and retention."""

import asyncio
import logging
from collections.abc import Iterable
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from standfast.hosting.errors import HostingError
from standfast.incidents.names import SEARCH_ATTRIBUTES

_TIMEOUT = timedelta(seconds=10)

_KNOWN_WITHIN = 30.0
"""Seconds; the embedded server needs two, a cluster with its caches may need more."""

_BETWEEN_LOOKS = 0.05

logger = logging.getLogger(__name__)


async def register_search_attributes(client: Client) -> None:
    """Add the search attributes that are missing.

    A server that does not allow that, like Temporal Cloud, gets a warning that lists them.

    Raises:
        HostingError: one exists with another type, or there is no such namespace.
    """
    wanted = {
        key.name: IndexedValueType.ValueType(key.indexed_value_type) for key in SEARCH_ATTRIBUTES
    }
    try:
        present = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=client.namespace), timeout=_TIMEOUT
        )
        there = dict(present.custom_attributes)
        for name, kind in wanted.items():
            # The server would accept the addition silently, and change nothing.
            if there.get(name, kind) != kind:
                raise HostingError(
                    f"the search attribute {name} of namespace {client.namespace!r} is of type "
                    f"{_word(there[name])}; Standfast needs it as {_word(kind)}: remove it first"
                )
        missing = {name: kind for name, kind in wanted.items() if name not in there}
        if missing:
            await client.operator_service.add_search_attributes(
                AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing),
                timeout=_TIMEOUT,
            )
            await _until_known(client, missing)
    except RPCError as error:
        namespace = repr(client.namespace)
        if error.status is RPCStatusCode.NOT_FOUND:
            raise HostingError(
                f"Temporal at {client.service_client.config.target_host} has no namespace "
                f"{namespace}: create it, or name another in TEMPORAL_NAMESPACE"
            ) from None
        if error.status not in (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED):
            raise HostingError(
                f"cannot register search attributes in namespace {namespace}: {error.message}"
            ) from None
        # Temporal Cloud allows this only in its own tools; the attributes may exist already.
        logger.warning(
            "The server does not allow search attributes to be checked (%s). Namespace %s needs: "
            "%s.",
            error.message,
            namespace,
            ", ".join(f"{name} ({_word(kind)})" for name, kind in wanted.items()),
        )


async def _until_known(client: Client, names: Iterable[str]) -> None:
    """Return once the server takes the new attributes, which it may hear of with a delay.

    Before that it would refuse reports.
    """
    any_of_them = " OR ".join(f"{name} IS NOT NULL" for name in names)
    try:
        async with asyncio.timeout(_KNOWN_WITHIN):
            while True:
                try:
                    await client.count_workflows(any_of_them, rpc_timeout=_TIMEOUT)
                except RPCError as error:
                    if error.status is not RPCStatusCode.INVALID_ARGUMENT:
                        raise
                    await asyncio.sleep(_BETWEEN_LOOKS)
                else:
                    return
    except TimeoutError:
        raise HostingError(
            f"the server does not know the new search attributes of namespace {client.namespace!r} "
            f"after {_KNOWN_WITHIN:.0f} s: start again in a minute"
        ) from None


async def set_retention(client: Client, retention: timedelta) -> None:
    """Keep closed workflows of the client's namespace for `retention`.

    For the embedded server only: elsewhere, the operator sets it.
    """
    described = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace=client.namespace), timeout=_TIMEOUT
    )
    if described.config.workflow_execution_retention_ttl.ToTimedelta() == retention:
        return
    wanted = Duration()
    wanted.FromTimedelta(retention)
    await client.workflow_service.update_namespace(
        UpdateNamespaceRequest(
            namespace=client.namespace,
            config=NamespaceConfig(workflow_execution_retention_ttl=wanted),
        ),
        timeout=_TIMEOUT,
    )


def _word(kind: int) -> str:
    return (
        IndexedValueType.Name(IndexedValueType.ValueType(kind))
        .removeprefix("INDEXED_VALUE_TYPE_")
        .title()
    )
