"""The report on the tokens' contracts, made of what the audit really holds."""

import pytest

from domain.access import audit
from domain.access.compliance import Attempt, judge
from domain.access.model import Token
from domain.access.policy import Actor
from domain.access.service import Access
from domain.access.store import AuditQuery
from domain.foundation.clock import real_now_ms
from domain.foundation.contract import single_refused
from domain.foundation.errors import NotAllowed, NotSignedIn
from tests.unit.access.conftest import RealTime, a_user
from tests.unit.access.test_tokens import generate

DAY_MS = 86_400_000


@pytest.fixture
def minutes(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The real seconds by which repeated refusals are held back; a test moves them."""
    passed = [1000.0]
    monkeypatch.setattr(audit, "monotonic", lambda: passed[0])
    return passed


def report_of(access: Access, actor: Actor):  # type: ignore[no-untyped-def]
    # The audit is written in real time, whatever the clock of the test says.
    return access.compliance(actor, 0, real_now_ms() + DAY_MS)


def test_a_used_token_complies_and_its_days_are_counted(
    access: Access, admin: Actor, now: RealTime
) -> None:
    issued = generate(access, admin, "sensors")
    for seconds in (0, 30, 120):
        now.advance(seconds)
        access.actor_of_token(issued.secret)
    report = report_of(access, admin)
    assert report.verdict == "OK"
    (token,) = report.tokens
    assert (token.days_used, token.outside, token.after_end) == (1, (), ())
    assert token.token.last_used_ms == now()
    assert access.audit_page(admin, AuditQuery(action="token.used"))[1] == 1


def test_tries_outside_the_contract_are_told_with_what_and_how_often(
    access: Access, admin: Actor, minutes: list[float]
) -> None:
    issued, other = (generate(access, admin, "sensors", data_aggregation="sum") for _ in range(2))
    actor = access.actor_of_token(issued.secret)
    for _ in range(5):
        access.note_refusal(actor, "GET /api/v1/sensors/S/data", single_refused().details)
    minutes[0] += 61
    access.note_refusal(actor, "GET /api/v1/sensors/S/data", single_refused().details)
    access.note_refusal(actor, "GET /api/v1/rooms", NotAllowed("rooms.read").details)
    report = report_of(access, admin)
    assert report.verdict == "VIOLATIONS"
    mine = next(t for t in report.tokens if t.token.jti == issued.token.jti)
    assert [(a.target, a.clause, a.times) for a in mine.outside] == [
        ("GET /api/v1/sensors/S/data", "data_aggregation", 6),
        ("GET /api/v1/rooms", "rooms.read", 1),
    ]
    twin = next(t for t in report.tokens if t.token.jti == other.token.jti)
    assert twin.complies  # of the same name and issuer


@pytest.mark.parametrize("end", ["token_revoked", "token_expired", "token_issuer_gone"])
def test_a_token_tried_after_its_end_is_told(
    access: Access, admin: Actor, now: RealTime, minutes: list[float], end: str
) -> None:
    ana = a_user(access, admin, "ana", "operator")
    issued = generate(access, ana, "sensors", exp=60)
    if end == "token_revoked":
        access.tokens.revoke(ana, None, issued.token.jti)
    elif end == "token_expired":
        now.advance(3600)
    else:
        access.users.set_disabled(admin, ana.user_id or 0, True)
    for _ in range(3):
        with pytest.raises(NotSignedIn):
            access.actor_of_token(issued.secret)
    minutes[0] += 61
    with pytest.raises(NotSignedIn):
        access.actor_of_token(issued.secret)
    (token,) = report_of(access, admin).tokens
    assert [(a.clause, a.times) for a in token.after_end] == [(end, 4)]
    assert access.audit_page(admin, AuditQuery(action="token.refused"))[1] == 2


def test_a_forged_token_is_in_nobodys_report(access: Access, admin: Actor) -> None:
    issued = generate(access, admin, "sensors")
    with pytest.raises(NotSignedIn):
        access.actor_of_token(issued.secret[:-4] + "AAAA")
    assert report_of(access, admin).verdict == "OK"


def test_only_auditors_see_other_peoples_tokens(access: Access, admin: Actor) -> None:
    ana = a_user(access, admin, "ana", "viewer")
    generate(access, ana, "sensors")
    mine = generate(access, admin, "rooms")
    assert len(report_of(access, admin).tokens) == 2
    assert [t.token.issuer for t in report_of(access, ana).tokens] == ["ana"]
    with pytest.raises(NotAllowed):
        report_of(access, access.actor_of_token(mine.secret))


def test_a_token_that_neither_lived_nor_was_tried_in_the_period_is_left_out() -> None:
    def token(jti: str, issued_ms: int, expires_ms: int) -> Token:
        return Token(
            jti, 1, "ana", "t", ("rooms",), "all", "all", 0, issued_ms, expires_ms, None, 0
        )

    tokens = [token("old", 0, 50), token("tried", 0, 50), token("live", 90, 300)]
    trail = [(120, "token.refused", "token/t/tried", {"token_id": "tried", "reason": "expired"})]
    report = judge(tokens, trail, 100, 200)
    assert [t.token.jti for t in report] == ["tried", "live"]
    assert report[0].after_end == (Attempt("token/t/tried", "expired", 1, 120, 120),)
