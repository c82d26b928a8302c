"""One table of role × action, asked by pages, API and socket alike; what is not in it is denied.

`MATRIX` is the documents' table, word for word (API.md §4); `BESIDE_THE_MATRIX` holds what it
does not name. A token narrows its issuer's role to the resources it lists, and never widens it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeVar

from domain.foundation.contract import Contract
from domain.foundation.errors import FieldError, InvalidInput, NotAllowed

Kind = Literal["user", "token", "display", "system"]
F = TypeVar("F", bound=Callable[..., object])

SIGNED_IN = "signed_in"
"""Held by every person who is signed in; never by a token or a wall display."""
PUBLIC = "public"
"""Held by everybody, signed in or not."""

ROLE_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "admin": "Admin",
        "manager": "Facility manager",
        "operator": "Operator",
        "viewer": "Viewer",
    }
)

_COLUMNS = ("sensors", "rooms", "analytics", "batteries", "dr", "p2p")
MATRIX: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "admin": ("CRUD", "CRUD", "Full", "Control", "Manage", "Trade"),
        "manager": ("CRUD", "CRUD", "Full", "Control", "Manage", "Trade"),
        "operator": ("Read/Update", "Read", "View", "Monitor", "View", "No"),
        "viewer": ("Read", "Read", "View", "View", "No", "No"),
    }
)
_VIEW_ANALYTICS = frozenset({"analytics.view", "export", "events.view", "forecast.view"})
_VIEW_BATTERIES = frozenset({"batteries.view", "iot.view"})
_GRANTS: Mapping[tuple[str, str], frozenset[str]] = {
    ("sensors", "Read"): frozenset({"sensors.read"}),
    ("sensors", "Read/Update"): frozenset({"sensors.read", "sensors.update"}),
    ("sensors", "CRUD"): frozenset(
        {"sensors.read", "sensors.create", "sensors.update", "sensors.delete"}
    ),
    ("rooms", "Read"): frozenset({"rooms.read"}),
    ("rooms", "CRUD"): frozenset(
        {"rooms.read", "rooms.create", "rooms.update", "rooms.delete", "comfort.update"}
    ),
    ("analytics", "View"): _VIEW_ANALYTICS,
    ("analytics", "Full"): _VIEW_ANALYTICS | {"analytics.full", "forecast.full"},
    ("batteries", "View"): _VIEW_BATTERIES,
    ("batteries", "Monitor"): _VIEW_BATTERIES | {"batteries.monitor"},
    ("batteries", "Control"): _VIEW_BATTERIES
    | {"batteries.monitor", "batteries.control", "iot.control", "jobs.run"},
    ("dr", "No"): frozenset(),
    ("dr", "View"): frozenset({"dr.view"}),
    ("dr", "Manage"): frozenset({"dr.view", "dr.manage"}),
    ("p2p", "No"): frozenset(),
    ("p2p", "Trade"): frozenset({"p2p.view", "p2p.trade"}),
}
_EVERYBODY = frozenset({"tokens.own", "tokens.read", "display.view"})
_MANAGING = frozenset(
    {"events.acknowledge", "corrections.write", "displays.manage", "building.update"}
)
BESIDE_THE_MATRIX: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "admin": _EVERYBODY
        | _MANAGING
        | {"users.manage", "tokens.all", "audit.read", "design.view"},
        "manager": _EVERYBODY | _MANAGING,
        "operator": _EVERYBODY | {"events.acknowledge"},
        "viewer": _EVERYBODY,
    }
)


def _role_permissions(role: str) -> frozenset[str]:
    levels = zip(_COLUMNS, MATRIX[role], strict=True)
    return BESIDE_THE_MATRIX[role].union(*(_GRANTS[cell] for cell in levels))


ROLE_PERMISSIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {role: _role_permissions(role) for role in MATRIX}
)
ROLES = frozenset(ROLE_PERMISSIONS)
DISPLAY_PERMISSIONS = frozenset({"display.view", "rooms.read", "analytics.view"})
"""What a paired wall display may see; the gate also keeps it on the wall page."""
QUICK_START_RESOURCES = frozenset({"sensors", "rooms", "analytics"})
"""What the documents' first call may ask for without credentials, in the demo on loopback only."""
PERMISSIONS = frozenset().union(*ROLE_PERMISSIONS.values())

RESOURCES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "sensors": _GRANTS["sensors", "CRUD"],
        "rooms": _GRANTS["rooms", "CRUD"],
        "analytics": frozenset(
            {"analytics.view", "analytics.full", "corrections.write"}
            | {"export", "events.view", "events.acknowledge"}
        ),
        "batteries": frozenset(
            {"batteries.view", "batteries.monitor", "batteries.control", "jobs.run"}
        ),
        "demand-response": _GRANTS["dr", "Manage"],
        "p2p": _GRANTS["p2p", "Trade"],
        "forecast": frozenset({"forecast.view", "forecast.full"}),
        "iot": frozenset({"iot.view", "iot.control"}),
        "events": frozenset({"events.view", "events.acknowledge"}),
        "export": frozenset({"export"}),
        "tokens": frozenset({"tokens.own", "tokens.read", "tokens.all"}),
    }
)
COMING = frozenset({"batteries", "demand-response", "p2p", "forecast"})
"""Resources that a token may name although nothing answers under them yet; no page offers them."""
_READING = frozenset(
    {"sensors.read", "rooms.read", "analytics.view", "export", "events.view", "batteries.view"}
    | {"batteries.monitor", "dr.view", "p2p.view", "forecast.view", "iot.view", "tokens.read"}
)
ALIASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # The original's scopes and the routes each one opened (original_system.md §3).
        "aggregated": ("analytics:read", "forecast:read", "batteries"),
        "discrete": ("sensors:read", "rooms:read", "analytics:read", "batteries:read", "iot:read"),
        "community_manager": ("demand-response",),
        "admin": ("tokens",),
    }
)
_CORRECTING = frozenset({"sensors.update", "analytics.full"})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person, a program's token, a wall display, or Wattboard itself.

    `credential` names the session, token or display that spoke, so that it can be ended.
    """

    name: str
    role: str
    user_id: int | None = None
    kind: Kind = "user"
    permissions: frozenset[str] | None = field(default=None, repr=False)
    credential: tuple[str, str] | None = field(default=None, repr=False)
    contract: Contract = field(default_factory=Contract, repr=False)

    def may(self, permission: str) -> bool:
        """Answer from the table; a permission nobody knows is denied."""
        if permission == PUBLIC:
            return True
        if permission == SIGNED_IN:
            return self.kind in {"user", "system"}
        if self.kind == "system":
            return permission in PERMISSIONS
        if self.permissions is not None:
            return permission in self.permissions
        return permission in ROLE_PERMISSIONS.get(self.role, frozenset())

    def require(self, permission: str) -> None:
        """Raise NotAllowed unless the actor holds the permission."""
        if not self.may(permission):
            raise NotAllowed(permission, _refusal(self, permission))

    @property
    def may_stream(self) -> bool:
        """Whether live values may be pushed; not under an embargo or an aggregation."""
        return not self.contract.restricts


SYSTEM = Actor(name="Wattboard", role="system", kind="system")


def _refusal(actor: Actor, permission: str) -> str:
    if actor.kind == "token":
        return f"This token does not include “{permission}”."
    if actor.kind == "display":
        return "A wall display only shows the wall page."
    label = ROLE_LABELS.get(actor.role, actor.role)
    return f"The role {label} does not include “{permission}”."


def is_permission(name: str) -> bool:
    """Whether a name is in the table, or one of the two that stand outside it."""
    return name in PERMISSIONS or name in {SIGNED_IN, PUBLIC}


def needs(permission: str) -> Callable[[F], F]:
    """Give a Dash callback a permission of its own; stack it directly under `@callback`."""
    if not is_permission(permission):
        raise ValueError(f"“{permission}” is in no role; see domain/access/policy.py")

    def mark(function: F) -> F:
        function.__wattboard_permission__ = permission  # type: ignore[attr-defined]
        return function

    return mark


def resolve_resources(names: Iterable[str]) -> tuple[str, ...]:
    """Replace the original's scopes by today's resources, keeping `:read`, without repeats.

    Raises:
        InvalidInput: `unknown_resource`, naming the known ones.
    """
    resolved: dict[str, None] = {}
    for position, name in enumerate(names):
        for resource in ALIASES.get(name, (name,)):
            base, separator, access = resource.partition(":")
            if base not in RESOURCES or (separator and access != "read"):
                known = [*RESOURCES, *ALIASES]
                raise InvalidInput(
                    f"“{name[:40]}” is not a resource; known are {', '.join(known)}, "
                    "each as name or name:read.",
                    [FieldError(f"list_of_resources[{position}]", "unknown resource", known)],
                    code="unknown_resource",
                )
            resolved[resource] = None
    return tuple(resolved)


def token_permissions(resources: Iterable[str], issuer: frozenset[str]) -> frozenset[str]:
    """Return what resolved `resources` grant out of what their issuer may now."""
    granted: set[str] = set()
    for resource in resources:
        base, separator, _ = resource.partition(":")
        granted |= RESOURCES[base] & _READING if separator else RESOURCES[base]
    if not granted >= _CORRECTING:
        granted.discard("corrections.write")
    return issuer & granted
