"""Roles: what a user of the API or the console may do."""

from enum import StrEnum


class Role(StrEnum):
    """Each role may do all that those before it may.

    >>> Role.OPERATOR.may(Role.RESPONDER)
    True
    """

    REPORTER = "reporter"
    RESPONDER = "responder"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"

    def may(self, needed: "Role") -> bool:
        """Whether this role includes `needed`."""
        order = tuple(Role)
        return order.index(self) >= order.index(needed)
