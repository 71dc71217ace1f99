"""Failure messages and stack traces are encrypted too: they quote what people wrote."""

from temporalio.api.failure.v1 import Failure
from temporalio.converter import DefaultFailureConverter, PayloadConverter

from standfast.encryption.errors import EncryptionError


class EncryptedFailures(DefaultFailureConverter):
    """Moves message and stack trace into the payload that the codec encrypts.

    Not those of a missing key: whoever looks for it must be able to read them.
    """

    def __init__(self) -> None:
        super().__init__(encode_common_attributes=True)
        self._in_clear = DefaultFailureConverter()

    def to_failure(
        self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure
    ) -> None:
        """As the default one, by the kind of the exception."""
        if isinstance(exception, EncryptionError):
            self._in_clear.to_failure(exception, payload_converter, failure)
        else:
            super().to_failure(exception, payload_converter, failure)
