import threading

import pytest

from domain.foundation.errors import Conflict
from domain.idempotency.service import KEEP_MS, STILL_RUNNING_MS, FirstAnswer, Idempotency
from domain.storage.engine import Database

ANSWER = FirstAnswer(201, '{"id": 1}')


class Time:
    """Real milliseconds that a test moves."""

    def __init__(self) -> None:
        self.ms = 1_000_000_000_000

    def __call__(self) -> int:
        return self.ms


def test_the_first_answer_is_given_again_and_nothing_else(database: Database) -> None:
    keys = Idempotency(database)
    assert keys.begin("user 1", "k", "digest") is None
    keys.finish("user 1", "k", ANSWER)
    assert keys.begin("user 1", "k", "digest") == ANSWER


def test_the_same_key_with_another_call_is_a_conflict(database: Database) -> None:
    keys = Idempotency(database)
    keys.begin("user 1", "k", "digest")
    keys.finish("user 1", "k", ANSWER)
    with pytest.raises(Conflict) as refusal:
        keys.begin("user 1", "k", "other")
    assert refusal.value.code == "idempotency_key_reused"


def test_keys_of_two_callers_have_nothing_to_do_with_each_other(database: Database) -> None:
    keys = Idempotency(database)
    keys.begin("user 1", "k", "digest")
    keys.finish("user 1", "k", ANSWER)
    assert keys.begin("user 2", "k", "digest") is None


def test_a_refused_call_may_be_tried_again_under_its_key(database: Database) -> None:
    keys = Idempotency(database)
    keys.begin("user 1", "k", "digest")
    keys.release("user 1", "k")
    assert keys.begin("user 1", "k", "digest") is None


def test_a_call_whose_answer_was_lost_is_never_run_again(database: Database) -> None:
    now = Time()
    keys = Idempotency(database, now)
    keys.begin("user 1", "k", "digest")
    with pytest.raises(Conflict) as running:
        keys.begin("user 1", "k", "digest")
    assert running.value.code == "idempotency_in_progress"
    now.ms += STILL_RUNNING_MS
    with pytest.raises(Conflict) as lost:
        Idempotency(database, now).begin("user 1", "k", "digest")
    assert lost.value.code == "idempotency_outcome_unknown"


def test_of_many_at_once_one_runs(database: Database) -> None:
    keys = Idempotency(database)
    outcomes: list[str] = []
    together = threading.Barrier(8)

    def call() -> None:
        together.wait()
        try:
            outcomes.append("ran" if keys.begin("user 1", "k", "digest") is None else "again")
        except Conflict as conflict:
            outcomes.append(conflict.code)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["idempotency_in_progress"] * 7 + ["ran"]


def test_keys_are_kept_a_day(database: Database) -> None:
    now = Time()
    keys = Idempotency(database, now)
    keys.begin("user 1", "old", "digest")
    now.ms += KEEP_MS
    assert keys.forget_old() == 0
    now.ms += 1
    keys.begin("user 1", "new", "digest")
    assert keys.forget_old() == 1
    assert keys.begin("user 1", "old", "digest") is None
