"""What requests that go out are tried on."""

from tests.probes.names import names

__all__ = ["names"]
