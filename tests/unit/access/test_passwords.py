import pytest
from argon2 import PasswordHasher, extract_parameters

from domain.access import passwords
from domain.foundation.errors import InvalidInput


def test_hashes_are_argon2id_at_the_owasp_floor() -> None:
    found = extract_parameters(
        PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).hash("x")
    )
    ours = extract_parameters(passwords._NOBODY)
    assert (ours.type, ours.memory_cost, ours.time_cost, ours.parallelism) == (
        found.type,
        19456,
        2,
        1,
    )


@pytest.mark.parametrize(
    "password", ["correct horse battery", "ПарольИзТринадцати", "😀" * 12, " " * 3 + "a" * 9]
)
def test_a_password_verifies_as_typed_and_only_as_typed(password: str) -> None:
    hashed = passwords.hash_password(password)
    assert passwords.verify(hashed, password)
    assert not passwords.verify(hashed, password + " ")
    assert not passwords.verify(hashed, password.strip() + "x")


def test_nobody_verifies_without_a_hash() -> None:
    assert not passwords.verify(None, "whatever it is")
    assert not passwords.verify("not a hash", "whatever it is")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("eleven char", "at least 12"),
        ("x" * 129, "at most 128"),
        ("ana likes kites", "user name"),
        ("aaaaaaaaaaaa", "easy to guess"),
        ("Password1234!", "easy to guess"),
        ("wattboard2026", "easy to guess"),
        ("admin-demo", "at least 12"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        passwords.check_new(password, "ana")


@pytest.mark.parametrize("length", [12, 64, 128])
def test_length_is_all_that_is_asked_of_a_good_password(length: int) -> None:
    passwords.check_new(("correct horse battery staple " * 5)[:length], "ana")


def test_random_passwords_differ_and_are_good_enough() -> None:
    made = {passwords.random_password() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        passwords.check_new(password, "ana")


def test_an_unknown_user_costs_the_same_hash_work_as_a_known_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checked: list[str] = []

    class Recorder:
        def verify(self, stored: str, given: str) -> bool:
            checked.append(stored)
            return hasher.verify(stored, given)

    hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
    known = hasher.hash("four unrelated words")
    monkeypatch.setattr(passwords, "_hasher", Recorder())
    assert not passwords.verify(known, "wrong one entirely")
    assert not passwords.verify(None, "wrong one entirely")
    assert len(checked) == 2
    assert extract_parameters(checked[0]) == extract_parameters(checked[1])
