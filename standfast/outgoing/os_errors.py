"""What the operating system says of a connection or a file that failed."""

import os
import socket
import ssl

from standfast.incidents.observation import quote


def reason_of(error: OSError) -> str:
    """The system's own words, such as "Connection refused", without addresses."""
    if error.errno and not isinstance(error, socket.gaierror | ssl.SSLError):
        return os.strerror(error.errno)
    return quote(error.strerror or str(error))
