"""The compliance report line by line, in words: what the page shows and its file holds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from domain.access.compliance import Attempt, Compliance, TokenCompliance
from domain.access.model import Token
from domain.foundation.clock import from_ms, iso_utc

Cell = str | int | None

KEPT, NOT_USED = "kept to its contract", "not used"
BEYOND, AFTER_END = "tried more than it shares", "was tried after its end"
_CLAUSES = {
    "data_aggregation": "it shares sums over sensors only",
    "time_aggregation": "it shares no steps that fine",
    "embargo_period": "it is under an embargo",
    "token_revoked": "it had been revoked",
    "token_expired": "it had expired",
    "token_issuer_gone": "its issuer may not sign in",
}
_ANY_CALL = "any call"


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A token with one kind of refused try of its own, or with none; `first` starts a token."""

    token: Token
    verdict: str
    complies: bool
    days_used: int
    first: bool
    tried: str = ""
    why: str = ""
    times: int = 0
    first_ms: int | None = None
    last_ms: int | None = None


def report_lines(report: Compliance) -> list[ReportLine]:
    """One line per token and kind of try; tokens that tried something stand first."""
    ordered = sorted(report.tokens, key=lambda one: one.complies)
    return [line for one in ordered for line in _lines(one)]


def verdict_words(one: TokenCompliance) -> str:
    """What is to be thought of a token, as half a sentence about it."""
    if one.complies:
        return KEPT if one.days_used else NOT_USED
    said = [words for words, tries in ((BEYOND, one.outside), (AFTER_END, one.after_end)) if tries]
    return " and ".join(said)


def clause_words(clause: str) -> str:
    """Why a try was refused; what is no clause and no end is a permission that was not held."""
    return _CLAUSES.get(clause, f"it does not include {clause}")


def report_table(lines: Iterable[ReportLine]) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    """Column names and rows of the file."""
    head = ("token", "token_id", "issued_by", "verdict", "days_used")
    rows: list[tuple[Cell, ...]] = [
        (
            *(line.token.name, line.token.jti, line.token.issuer, line.verdict, line.days_used),
            *(line.tried or None, line.why or None, line.times),
            *(_utc(line.first_ms), _utc(line.last_ms)),
        )
        for line in lines
    ]
    return (*head, "tried", "why", "times", "first_utc", "last_utc"), rows


def _utc(ts_ms: int | None) -> str | None:
    return None if ts_ms is None else iso_utc(from_ms(ts_ms))


def _lines(one: TokenCompliance) -> Iterator[ReportLine]:
    verdict = verdict_words(one)
    tries = [(attempt, attempt.target) for attempt in one.outside]
    tries += [(attempt, _ANY_CALL) for attempt in one.after_end]
    if not tries:
        yield ReportLine(one.token, verdict, one.complies, one.days_used, first=True)
    for number, (attempt, tried) in enumerate(tries):
        yield _tried(one, verdict, attempt, tried, first=number == 0)


def _tried(
    one: TokenCompliance, verdict: str, attempt: Attempt, tried: str, *, first: bool
) -> ReportLine:
    return ReportLine(
        token=one.token,
        verdict=verdict,
        complies=False,
        days_used=one.days_used,
        first=first,
        tried=tried,
        why=clause_words(attempt.clause),
        times=attempt.times,
        first_ms=attempt.first_ms,
        last_ms=attempt.last_ms,
    )
