"""Did the tokens keep to their contracts: what each did in a period, from the audit itself.

Every try outside a contract was refused when it was made; the report says what was tried, when and
how often. Tries of the last minute may still wait to be counted with the next one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.access import credential_store
from domain.access.model import Token
from domain.access.policy import Actor
from domain.storage.engine import Database

_DAY_MS = 86_400_000
_MOST_TOKENS = 10_000

Trail = tuple[int, str, str, Mapping[str, object]]
"""Real time [ms], action, target and details of one line of the audit."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The same refused try, over a period: what was called, and the clause that forbade it."""

    target: str
    clause: str
    times: int
    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class TokenCompliance:
    """One token in a period; `after_end` are tries after it was revoked, expired or shut out."""

    token: Token
    days_used: int
    outside: tuple[Attempt, ...]
    after_end: tuple[Attempt, ...]

    @property
    def complies(self) -> bool:
        """Whether nothing was tried that the contract does not share."""
        return not self.outside and not self.after_end


@dataclass(frozen=True, slots=True)
class Compliance:
    """The report on a period of real time [ms], newest token first."""

    since_ms: int
    until_ms: int
    tokens: tuple[TokenCompliance, ...]

    @property
    def verdict(self) -> str:
        """`OK`, or `VIOLATIONS` where something outside a contract was tried."""
        return "OK" if all(token.complies for token in self.tokens) else "VIOLATIONS"


def compliance(database: Database, actor: Actor, since_ms: int, until_ms: int) -> Compliance:
    """The report on the actor's tokens, on everybody's for who may read the audit.

    Raises:
        NotAllowed: the actor may not list tokens.
    """
    actor.require("tokens.read")
    whose = None if actor.may("audit.read") else actor.user_id
    with database.read() as c:
        tokens = credential_store.tokens_of(c, whose, _MOST_TOKENS, None)
        trail = credential_store.token_trail(c, since_ms, until_ms)
    return Compliance(since_ms, until_ms, tuple(judge(tokens, trail, since_ms, until_ms)))


def judge(
    tokens: Iterable[Token], trail: Iterable[Trail], since_ms: int, until_ms: int
) -> list[TokenCompliance]:
    """Each token that lived or was tried in the period, with its part of the trail."""
    by_token: defaultdict[str, list[Trail]] = defaultdict(list)
    for line in trail:
        by_token[str(line[3].get("token_id"))].append(line)
    return [
        _report(token, by_token[token.jti])
        for token in tokens
        if by_token[token.jti] or (token.issued_ms < until_ms and token.expires_ms > since_ms)
    ]


def _report(token: Token, trail: list[Trail]) -> TokenCompliance:
    days = {at_ms // _DAY_MS for at_ms, action, _, _ in trail if action == "token.used"}
    return TokenCompliance(
        token=token,
        days_used=len(days),
        outside=_attempts(trail, "token.outside_contract"),
        after_end=_attempts(trail, "token.refused"),
    )


def _attempts(trail: Iterable[Trail], wanted: str) -> tuple[Attempt, ...]:
    """Equal tries as one, most frequent first."""
    found: dict[tuple[str, str], Attempt] = {}
    for at_ms, action, target, details in trail:
        if action != wanted:
            continue
        clause = str(details.get("reason") or details.get("clause") or details.get("permission"))
        times = details.get("times")
        times = times if isinstance(times, int) else 1
        before = found.get((target, clause))
        first_ms = before.first_ms if before else at_ms
        total = times + (before.times if before else 0)
        found[target, clause] = Attempt(target, clause, total, first_ms, at_ms)
    return tuple(sorted(found.values(), key=lambda attempt: -attempt.times))
