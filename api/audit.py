"""`GET /api/v1/audit/check`: whether every token kept to its contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from flask import Blueprint
from typing_extensions import TypedDict

from api.resource import Resource
from api.schema import IsoTime, OneOf, closed
from api.times import PeriodQuery, iso
from domain.access.compliance import Attempt, TokenCompliance
from domain.access.current import current_actor
from domain.foundation.clock import from_ms, iso_utc, real_now_ms

if TYPE_CHECKING:
    from domain.house import House


@closed
class Tried(TypedDict):
    """The same refused call, over the period."""

    call: str
    """`GET /api/v1/export`."""
    why: str
    """The clause or permission that forbade it, or how the token had ended."""
    times: int
    first_at: IsoTime
    last_at: IsoTime


@closed
class TokenReport(TypedDict):
    """One token in the period."""

    token_id: str
    name: str
    issued_by: str
    expires_at: IsoTime | None
    revoked_at: IsoTime | None
    days_used: int
    complies: bool
    outside_contract: list[Tried]
    """Most frequent first; each was refused when it was tried."""
    after_end: list[Tried]
    """After it was revoked, had expired or its issuer was shut out."""


@closed
class AuditCheck(TypedDict):
    """The report on one's own tokens, or on everybody's for who may read the audit."""

    response: Annotated[str, OneOf(("OK", "VIOLATIONS"))]
    start_time: IsoTime
    end_time: IsoTime
    tokens: list[TokenReport]
    """Newest first: those that lived in the period, or were tried in it."""


def audit_api(house: House) -> Blueprint:
    """Build the one route."""
    audit = Resource(house, "audit", "/api/v1/audit", "Whether tokens kept to their contracts.")

    @audit.get("/check", "tokens.read")
    def check(query: PeriodQuery) -> AuditCheck:
        """Report what each token did in a period, by the audit itself.

        The period is real time, also where the building's clock is another one.
        """
        period = query.period(real_now_ms() + 1)
        found = house.access.compliance(current_actor(), period.start_ms, period.end_ms)
        return {
            "response": found.verdict,
            "start_time": iso_utc(period.start),
            "end_time": iso_utc(period.end),
            "tokens": [_report(token) for token in found.tokens],
        }

    return audit.blueprint


def _report(found: TokenCompliance) -> TokenReport:
    return {
        "token_id": found.token.jti,
        "name": found.token.name,
        "issued_by": found.token.issuer,
        "expires_at": iso(found.token.expires_ms),
        "revoked_at": iso(found.token.revoked_ms),
        "days_used": found.days_used,
        "complies": found.complies,
        "outside_contract": [_tried(attempt) for attempt in found.outside],
        "after_end": [_tried(attempt) for attempt in found.after_end],
    }


def _tried(attempt: Attempt) -> Tried:
    return {
        "call": attempt.target,
        "why": attempt.clause,
        "times": attempt.times,
        "first_at": iso_utc(from_ms(attempt.first_ms)),
        "last_at": iso_utc(from_ms(attempt.last_ms)),
    }
