"""What a signed-in person with a script may send: values of the wrong kind, and silly ones."""

import random
import types
from collections.abc import Iterator
from typing import (
    Annotated,
    Any,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

DEEP: object = "x"
for _ in range(200):
    DEEP = [DEEP]

WRONG: dict[str, object] = {
    "an object": {"evil": [1, 2]},
    "a list": [1, "x", None, {"a": {}}],
    "a list of objects": [{"id": 1, "value": "x"}],
    "deep nesting": DEEP,
    "not a number": float("nan"),
    "infinity": float("-inf"),
    "more than 64 bits": 2**64 + 1,
    "63 bits": 2**63 - 1,
    "a huge float": 1e308,
    "a fraction": 0.5,
    "yes": True,
    "a megabyte": "x" * 1_000_000,
    "five thousand digits": "1" * 5_000,
    "a lone surrogate": "a\ud800b",
    "a NUL": "a\0b",
}
"""No field, click or key of ours is one of these, whichever callback it reaches."""

_TEXTS = (
    "", " ", "x", "0", "1", "-1", "999999999999", "1e999", "nan", "٣", "²", "none", "all", "list",
    "9999-12-31", "0001-01-01", "9999-99-99", "2026-06-16", "9999-12-31T23:59", "2026-02-30T25:61",
    "temperature", "power", "TEMP_001", "TEMP_001/temperature", "METER/", "../../etc", "room/1",
    "role", "revoke", "disable", "reset", "admin", "operator", "<script>", "%00", "'; DROP TABLE",
    "day", "week", "custom", "year", "a" * 400, "\u202e", "\n", "🏢" * 40, "void", "replace",
)  # fmt: skip
_WHOLE = (0, 1, 2, 7, 60, -1, 10**6, 2**31 - 1, 2**31, 2**53)
_NUMBERS = (0.0, -0.0, 0.5, -273.2, 1e308, 1e-320)


def fitting(wanted: Any, chance: random.Random) -> Any:
    """A value that the annotation lets through, as silly as it may be."""
    origin, inner = get_origin(wanted), get_args(wanted)
    if is_typeddict(wanted):
        hints = get_type_hints(wanted, include_extras=True)
        required = wanted.__required_keys__
        return {
            name: fitting(hint, chance)
            for name, hint in hints.items()
            if name in required or chance.random() < 0.7
        }
    if origin is Literal:
        return chance.choice(inner)
    if origin is Annotated:
        low, high = inner[1].ge, inner[1].le
        return chance.choice([n for n in (*_WHOLE, high) if low <= n <= high])
    if origin in (Union, types.UnionType):
        return fitting(chance.choice(inner), chance)
    if origin is list:
        return [fitting(inner[0], chance) for _ in range(chance.randrange(4))]
    if origin is dict:
        several = range(chance.randrange(4))
        return {fitting(inner[0], chance): fitting(inner[1], chance) for _ in several}
    plain: dict[Any, Any] = {
        Any: (None, "x"),
        str: _TEXTS,
        int: _WHOLE,
        float: _NUMBERS,
        bool: (True, False),
        type(None): (None,),
    }
    return chance.choice(plain[wanted])


SEARCHES = (
    "", "?", "?page=-1", "?from=9999-99-99&to=x", "?tab=nothing", "?tab=audit&tab=users", "?tab=",
    "?period=year&date=9999-12-31&compare=1", "?period=custom&date=0001-01-01&end=9999-12-31",
    "?period=%00&date=%ED%A0%80", "?room_id=1&sensor_id=x", "?q=" + "x" * 5_000,
    "?room=" + "9" * 900,
    "?state=evil&type=evil&sort=evil&descending=evil&room=evil", "?room=-1", "?room=²", "?self=1",
    "?a=" + "&a=".join("b" * 300), "?%F0%9F=%", 5, [], {"tab": "x"}, None, "x\0", "\ud800",
)  # fmt: skip
PATHS = (
    "/rooms/abc", "/rooms/-1", "/rooms/999999999999999999999", "/rooms/" + "9" * 5_000,
    "/rooms/%00", "/rooms/", "/rooms//", "/rooms/1/2/3", "/rooms/\n", "/rooms/[",
    "/sensors/nothing", "/sensors/..", "/sensors/" + "x" * 1_500, "/sensors/%F0", "/nowhere",
    "//evil.example", "", "rooms", "/\0", "/\ud800", 7, None, [], {"a": 1}, True,
)  # fmt: skip


def addresses(own: list[str]) -> Iterator[tuple[object, object]]:
    """Every path with every query, the real pages among them."""
    for path in (*own, "/rooms/1", "/sensors/TEMP_001", *PATHS):
        for search in SEARCHES:
            yield path, search
