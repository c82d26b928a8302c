"""What may be said of a site's limit or of a grid operator's order. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping

from domain.control.acts import LONGEST_REASON
from domain.foundation.clock import from_ms, iso_utc
from domain.foundation.errors import FieldError, InvalidInput

MOST_KW = 100_000.0
LONGEST_MS = 366 * 86_400_000
AHEAD_MS = 366 * 86_400_000
LONGEST_SOURCE = 60
SOURCE = "Grid operator"


def checked_limits(import_kw: object, export_kw: object) -> tuple[float | None, float | None]:
    """Both directions [kW], None for no limit. Raises InvalidInput per field."""
    errors: list[FieldError] = []
    found = (_kw("import_kw", import_kw, errors), _kw("export_kw", export_kw, errors))
    _refuse(errors)
    return found


def checked_order(fields: Mapping[str, object], now_ms: int) -> dict[str, object]:
    """An order's columns; it begins now where it names no start. Raises InvalidInput per field."""
    errors: list[FieldError] = []
    import_kw = _kw("import_kw", fields.get("import_kw"), errors)
    export_kw = _kw("export_kw", fields.get("export_kw"), errors)
    if import_kw is None and export_kw is None and not errors:
        errors.append(FieldError("import_kw", "name a limit for import or export", [0, MOST_KW]))
    starts_ms = _moment(fields.get("starts_ms"), now_ms)
    ends_ms = _moment(fields.get("ends_ms"), None)
    if starts_ms is None or not now_ms - LONGEST_MS <= starts_ms <= now_ms + AHEAD_MS:
        errors.append(FieldError("starts_at", "a moment within a year of now"))
    elif ends_ms is None:
        errors.append(FieldError("ends_at", "a moment after the start"))
    elif not max(now_ms, starts_ms) < ends_ms <= starts_ms + LONGEST_MS:
        first = iso_utc(from_ms(max(now_ms, starts_ms)))
        errors.append(FieldError("ends_at", f"after {first}, within a year of the start", first))
    source = _line("source", fields.get("source") or SOURCE, LONGEST_SOURCE, errors)
    reason = _line("reason", fields.get("reason") or "", LONGEST_REASON, errors)
    _refuse(errors)
    return {
        "import_kw": import_kw,
        "export_kw": export_kw,
        "starts_ms": starts_ms,
        "ends_ms": ends_ms,
        "source": source,
        "reason": reason,
    }


def _kw(field: str, raw: object, errors: list[FieldError]) -> float | None:
    if raw is None or raw == "":
        return None
    number = isinstance(raw, int | float) and not isinstance(raw, bool)
    if number and math.isfinite(raw) and 0 <= raw <= MOST_KW:  # type: ignore[arg-type,operator]
        return float(raw)  # type: ignore[arg-type]
    errors.append(FieldError(field, f"0 to {MOST_KW:g} kW, or empty for none", [0, MOST_KW]))
    return None


def _moment(raw: object, usual_ms: int | None) -> int | None:
    if raw is None:
        return usual_ms
    whole = isinstance(raw, int) and not isinstance(raw, bool)
    return int(raw) if whole and 0 <= raw < 2**53 else None  # type: ignore[call-overload,operator]


def _line(field: str, raw: object, longest: int, errors: list[FieldError]) -> str:
    text = " ".join(raw.split()) if isinstance(raw, str) else ""
    if not isinstance(raw, str) or len(text) > longest or not text.isprintable():
        errors.append(FieldError(field, f"a line of at most {longest} characters", longest))
    return text


def _refuse(errors: list[FieldError]) -> None:
    if errors:
        words = "; ".join(f"{one.field}: {one.message}" for one in errors)
        raise InvalidInput(f"This limit cannot be saved: {words}.", errors)
