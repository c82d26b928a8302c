"""What a token may, how much of it and until when, as the Tokens page says it."""

import json
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from plotly.utils import PlotlyJSONEncoder

from domain.access.model import Token
from domain.access.policy import ROLE_PERMISSIONS, ROLES
from domain.foundation.contract import Contract
from pages._tokens_form import address_of, curl_line, request_of
from pages._tokens_list import (
    ACTIVE,
    ENDED,
    Seen,
    TokenQuery,
    chosen_tokens,
    may_be_activated,
    token_table,
)
from pages._tokens_words import Issuer, access_words, all_rights, end_of, limit_words, state_words
from tests.unit.access.test_report_lines import HOUR_MS, a_token

ZONE = ZoneInfo("Europe/Lisbon")
DAY_MS = 24 * HOUR_MS


def test_reading_and_writing_are_told_apart_by_the_role_of_the_issuer() -> None:
    listed = ("sensors", "rooms", "p2p", "events:read")
    assert access_words(listed, "admin") == (
        "sensors (read, change), rooms (read, change), trading (read, trade), events (read)"
    )
    assert access_words(listed, "viewer") == "sensors (read), rooms (read), events (read)"
    assert access_words(("p2p",), "viewer") == "nothing that its issuer still may"


@pytest.mark.parametrize("role", sorted(ROLES))
def test_every_right_that_is_offered_is_worth_something(role: str) -> None:
    for rights in all_rights(ROLE_PERMISSIONS[role]):
        words = access_words((rights.resource,), role)
        assert ("read" in words, bool(rights.write) and rights.write in words) == (
            rights.read,
            bool(rights.write),
        )


@pytest.mark.parametrize(
    ("contract", "words"),
    [
        (Contract(), "none"),
        (Contract("individual"), "none"),
        (Contract("all", "60minutes", 60), "embargo 60 min, hourly means"),
        (Contract("sum", "5minutes", 1440), "embargo 1 d, 5-minute means, sums only"),
    ],
)
def test_limits_in_words(contract: Contract, words: str) -> None:
    assert limit_words(contract) == words


@pytest.mark.parametrize(
    ("lived_ms", "changes", "shut_out", "words", "tone"),
    [
        (0, {}, False, "Active until 11 Apr", "ok"),
        (97 * DAY_MS, {}, False, "Active, expires in 3 d", "late"),
        (100 * DAY_MS - HOUR_MS, {}, False, "Active, expires in 1 h", "late"),
        (0, {"expires_ms": DAY_MS}, False, "Active, expires in 1 d", "ok"),
        (100 * DAY_MS, {}, False, "Expired 01:00", "stale"),
        (2 * HOUR_MS, {"revoked_ms": HOUR_MS}, False, "Revoked 02:00", "stale"),
        (0, {}, True, "Rests: its issuer may not sign in", "stale"),
    ],
)
def test_the_state_says_when_it_ends_or_what_ended_it(
    lived_ms: int, changes: dict[str, int], shut_out: bool, words: str, tone: str
) -> None:
    token = replace(a_token("a"), **{"expires_ms": 100 * DAY_MS, **changes})
    end = end_of(token, Issuer("viewer", shut_out), lived_ms)
    assert state_words(token, end, lived_ms, ZONE) == (words, tone)


def test_the_list_is_filtered_and_sorted_with_active_tokens_first() -> None:
    seen = Seen({1: Issuer("viewer")}, everybody=False, now_ms=10 * HOUR_MS, zone=ZONE)
    old = replace(a_token("old"), issued_ms=1)
    revoked = replace(a_token("revoked"), issued_ms=5, revoked_ms=6)
    new = replace(a_token("new"), issued_ms=3)
    tokens = [revoked, new, old]

    def order(query: TokenQuery) -> list[str]:
        return [token.jti for token in chosen_tokens(tokens, query, seen)]

    assert order(TokenQuery()) == ["new", "old", "revoked"]
    assert order(TokenQuery(shown=ACTIVE)) == ["new", "old"]
    assert order(TokenQuery(shown=ENDED)) == ["revoked"]
    assert order(TokenQuery(sort="issued")) == ["old", "new", "revoked"]
    assert order(TokenQuery(sort="issued", descending=True)) == ["revoked", "new", "old"]
    assert order(TokenQuery(sort="a column that is none")) == order(TokenQuery())


def test_only_a_revoked_token_that_has_not_expired_can_be_activated() -> None:
    revoked = replace(a_token("a"), revoked_ms=1)
    assert may_be_activated(revoked, HOUR_MS)
    assert not may_be_activated(revoked, revoked.expires_ms)
    assert not may_be_activated(a_token("a"), HOUR_MS)


def test_a_row_offers_what_can_be_done_to_its_token() -> None:
    def acts(token: Token, now_ms: int) -> str:
        seen = Seen({1: Issuer("viewer")}, everybody=False, now_ms=now_ms, zone=ZONE)
        return json.dumps(token_table([token], TokenQuery(), seen), cls=PlotlyJSONEncoder)

    live, revoked = a_token("a"), replace(a_token("a"), revoked_ms=1)
    assert '"data-act": "revoke"' in acts(live, HOUR_MS)
    assert '"data-act": "activate"' in acts(revoked, HOUR_MS)
    assert "data-act" not in acts(live, live.expires_ms) + acts(revoked, live.expires_ms)


@pytest.mark.parametrize(
    ("href", "address"),
    [
        ("https://desk.example/tokens?tab=report", "https://desk.example"),
        ("http://127.0.0.1:8050/tokens", "http://127.0.0.1:8050"),
        ("http://[::1]:8050/tokens", "http://[::1]:8050"),
        ("http://name:secret@host/tokens", "http://host"),
        ("javascript:alert(1)", "http://otherwise"),
        ("http://host:99999999/", "http://otherwise"),
        (None, "http://otherwise"),
    ],
)
def test_the_example_names_the_server_as_the_browser_sees_it(
    href: str | None, address: str
) -> None:
    assert address_of(href, "http://otherwise") == address


def test_the_example_calls_what_the_token_may() -> None:
    assert curl_line("http://host", ["rooms:read", "export"]).endswith('"http://host/api/v1/rooms"')


def test_the_form_asks_for_what_the_api_would_be_sent() -> None:
    values = {"name": "x", "exp": None, "embargo": 5, "data_aggregation": "all"}
    assert request_of(values, "60", [["rooms:read"], None, ["export"]]) == {
        "name": "x",
        "list_of_resources": ["rooms:read", "export"],
        "exp": 60,
        "embargo": 5,
        "data_aggregation": "all",
        "time_aggregation": None,
    }
