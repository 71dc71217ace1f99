"""What a command of the command line leaves behind."""

import json
from typing import Any, NamedTuple


class Ended(NamedTuple):
    """Its exit code, and what it printed on standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What it printed as JSON, whatever it said beside that."""
        return json.loads(self.out)

    @property
    def json(self) -> Any:
        """The document of a command that did what it was to do, and said nothing else."""
        assert (self.code, self.err) == (0, "")
        return self.document
