"""What the probes are tried on."""

from tests.probes.names import names
from tests.probes.prometheus import prometheus

__all__ = ["names", "prometheus"]
