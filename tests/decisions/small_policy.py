"""A policy that is as small as a policy can be, to build the one that a test needs."""

from typing import Any

from standfast.policy import Policy

VERSION = "small-1"

_CLOCKS = {
    "acknowledge_within": "30m",
    "page_again_every": "10m",
    "resolve_within": "4h",
    "remind_hold_every": "1d",
}

SMALL: dict[str, Any] = {
    "organisation": "Fernhill",
    "service_desk": "desk",
    "triage": {
        "matrix": {
            "high": {"high": "P1", "medium": "P2", "low": "P3"},
            "medium": {"high": "P2", "medium": "P3", "low": "P4"},
            "low": {"high": "P3", "medium": "P4", "low": "P5"},
        }
    },
    "categories": {
        "network": {"team": "network"},
        "security": {"team": "network"},
        "data": {"team": "network"},
        "other": {"team": "desk"},
    },
    "services": {
        "shop": {"title": "Web shop", "users": 400, "business_critical": True},
        "mail": {"title": "Mail", "essential": True},
        "vpn": {"title": "VPN", "core_infrastructure": True},
        "orders": {"title": "Orders", "holds_critical_data": True},
        "wiki": {"title": "Wiki", "users": 80},
    },
    "people": {
        name: {"name": name.title(), "channels": {"phone": f"json://127.0.0.1/{name}"}}
        for name in ("dee", "dan", "nia", "noa", "nik", "pia", "pit", "ven")
    },
    "teams": {
        "desk": {
            "title": "Service desk",
            "tiers": [
                {"name": "L1", "rotation": {"people": ["dee", "dan"]}},
                {"name": "L2", "rotation": {"people": ["dan"]}},
            ],
        },
        "network": {
            "title": "Network",
            "tiers": [
                {"name": "L1", "rotation": {"people": ["nia", "noa", "nik"]}},
                {"name": "L2", "rotation": {"people": ["pia", "pit"]}},
                {"name": "vendor", "rotation": {"people": ["ven"]}},
            ],
        },
    },
    "clocks": {
        priority: {**_CLOCKS, "acknowledge_within": f"{5 * int(priority[1])}m"}
        for priority in ("P1", "P2", "P3", "P4", "P5")
    },
    "follow_up": {"window": {"watch_for": "1d", "first_check": "1h"}},
}


def small_policy(**sections: Any) -> Policy:
    """The small policy with these sections in place of its own."""
    return Policy.model_validate(SMALL | sections).versioned(VERSION)


def with_services(**services: dict[str, Any]) -> Policy:
    """The small policy with these services added, or changed where it has them."""
    changed = {
        key: {"title": key, **SMALL["services"].get(key, {}), **service}
        for key, service in services.items()
    }
    return small_policy(services=SMALL["services"] | changed)
