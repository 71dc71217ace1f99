"""What stands behind every route: settings, Temporal, the records, the policy."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from temporalio.client import Client

from activities.policy_source import PolicySource
from hosting.settings import Settings
from intake.lookup import Lookup
from records.store import RecordStore


@dataclass(frozen=True)
class Backend:
    """Everything that a route may need. `client` connects when it is first used."""

    settings: Settings
    client: Client
    records: RecordStore
    policy: PolicySource
    lookup: Lookup


def backend_of(request: Request) -> Backend:
    """The backend of the app that serves this request."""
    backend = request.app.state.backend
    if not isinstance(backend, Backend):
        raise TypeError("this app was not made by build_app")
    return backend


TheBackend = Annotated[Backend, Depends(backend_of)]
