import pytest

from pages._account_view import browser_words
from pages._audit_view import action_words, change_words


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        (
            "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/140.0.0.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Unknown program"),
    ],
)
def test_a_browser_is_named_as_a_person_would(user_agent: str, words: str) -> None:
    assert browser_words(user_agent) == words


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (None, None, ""),
        ('{"role": "viewer"}', '{"role": "operator"}', "role viewer → operator"),
        (None, '{"name": "Lab"}', "name Lab"),
        ('{"name": "Lab"}', None, "name Lab"),
        ('{"a": 1, "b": 2}', '{"a": 1, "b": 3}', "b 2 → 3"),
        ('{"a": null}', '{"a": [1, "é"]}', 'a null → [1, "é"]'),
        (None, f'{{"a": "{"x" * 80}"}}', f"a {'x' * 59}…"),
    ],
)
def test_a_change_is_said_on_one_line(before: str | None, after: str | None, words: str) -> None:
    assert change_words(before, after) == words


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("rooms.update", "Changed room"),
        ("sensors.delete", "Deleted sensor"),
        ("users.role", "Changed role"),
        ("something.else", "something.else"),
    ],
)
def test_an_action_is_said_in_words(action: str, words: str) -> None:
    assert action_words(action) == words
