"""The compliance report in words, and what a token may, line by line."""

from domain.access.compliance import Compliance, judge
from domain.access.model import Token
from domain.access.report_lines import report_lines, report_table

HOUR_MS = 3_600_000


def a_token(jti: str) -> Token:
    return Token(
        jti=jti,
        user_id=1,
        issuer="vera",
        name=f"name of {jti}",
        resources=("rooms:read",),
        data_aggregation="all",
        time_aggregation="all",
        embargo_minutes=0,
        issued_ms=0,
        expires_ms=100 * HOUR_MS,
        revoked_ms=None,
        last_used_ms=None,
    )


def report(*trail: tuple[int, str, str, dict[str, object]]) -> Compliance:
    tokens = [a_token("good"), a_token("bad")]
    return Compliance(0, HOUR_MS, tuple(judge(tokens, trail, 0, HOUR_MS)))


def test_a_token_that_tried_something_stands_first_with_a_line_for_each_try() -> None:
    lines = report_lines(
        report(
            (1, "token.used", "token/x", {"token_id": "good"}),
            (2, "token.outside_contract", "GET /a", {"token_id": "bad", "permission": "a.read"}),
            (3, "token.outside_contract", "GET /a", {"token_id": "bad", "permission": "a.read",
                                                     "times": 4}),
            (4, "token.refused", "token/bad", {"token_id": "bad", "reason": "token_revoked"}),
        )
    )  # fmt: skip
    assert [(line.token.jti, line.first, line.tried, line.why, line.times) for line in lines] == [
        ("bad", True, "GET /a", "it does not include a.read", 5),
        ("bad", False, "any call", "it had been revoked", 1),
        ("good", True, "", "", 0),
    ]
    assert lines[0].verdict == "tried more than it shares and was tried after its end"
    assert (lines[0].first_ms, lines[0].last_ms) == (2, 3)


def test_a_token_that_only_read_kept_to_its_contract_and_a_silent_one_was_not_used() -> None:
    lines = report_lines(report((1, "token.used", "token/x", {"token_id": "good"})))
    assert {line.token.jti: line.verdict for line in lines} == {
        "good": "kept to its contract",
        "bad": "not used",
    }


def test_the_file_has_a_row_for_every_line_with_the_token_in_each() -> None:
    tries: list[tuple[int, str, str, dict[str, object]]] = [
        (
            at,
            "token.outside_contract",
            f"GET /{at}",
            {"token_id": "bad", "clause": clause},
        )
        for at, clause in ((1000, "embargo_period"), (2000, "time_aggregation"))
    ]
    head, rows = report_table(report_lines(report(*tries)))
    first = dict(zip(head, rows[0], strict=True))
    assert [row[1] for row in rows] == ["bad", "bad", "good"]
    assert first["why"] == "it is under an embargo"
    assert first["last_utc"] == "1970-01-01T00:00:01Z"
