"""Why a payload cannot be read, or not be written encrypted."""


class EncryptionError(Exception):
    """A payload cannot be decrypted. Its words hold ids of keys and incidents, nothing secret."""


class MissingKey(EncryptionError):  # noqa: N818 - a state of the world
    """A key of the key ring is not here. When it is put back, all goes on."""


class KeyUnavailable(EncryptionError):  # noqa: N818
    """The record store has an incident's key, and cannot be reached now."""


class KeyThrownAway(EncryptionError):  # noqa: N818
    """The incident was erased: nobody can read it any more."""
