import pytest

from api import limits
from api.limits import Rate
from api.rates import Bucket, Rates
from domain.access.policy import Actor
from domain.foundation.errors import NotSignedIn, TooMany


class Time:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.s = 50.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def now() -> Time:
    return Time()


def test_a_bucket_gives_its_burst_and_then_says_when_to_return(now: Time):
    bucket = Bucket(Rate(per_s=0.5, burst=3), now)
    for _ in range(3):
        bucket.take("a")
    with pytest.raises(TooMany) as refusal:
        bucket.take("a")
    assert refusal.value.retry_after_s == 2
    now.s += refusal.value.retry_after_s
    bucket.take("a")
    with pytest.raises(TooMany):
        bucket.take("a")


def test_a_refused_call_uses_nothing_up(now: Time):
    bucket = Bucket(Rate(per_s=1, burst=1), now)
    bucket.take("a")
    for _ in range(10):
        with pytest.raises(TooMany):
            bucket.take("a")
    now.s += 1
    bucket.take("a")


def test_callers_do_not_use_up_each_others_calls(now: Time):
    bucket = Bucket(Rate(per_s=1, burst=1), now)
    bucket.take("a")
    bucket.take("b")


def test_a_rest_fills_the_bucket_to_its_burst_and_not_beyond(now: Time):
    bucket = Bucket(Rate(per_s=1, burst=2), now)
    now.s += 1000
    bucket.take("a")
    bucket.take("a")
    with pytest.raises(TooMany):
        bucket.take("a")


TOKEN = Actor("program", "admin", 1, kind="token", credential=("token", "j1"))
OTHER = Actor("program", "admin", 1, kind="token", credential=("token", "j2"))
USER = Actor("admin", "admin", 1)


def exhaust(rates: Rates, who: object, limit: int, address: str = "192.0.2.1") -> None:
    """Call to the limit; the one beyond is refused."""

    def find() -> Actor | None:
        if isinstance(who, Exception):
            raise who
        return who if isinstance(who, Actor) else None

    for _ in range(limit):
        try:
            rates.counted(find, address)
        except NotSignedIn:
            continue
    with pytest.raises(TooMany):
        rates.counted(find, address)


@pytest.mark.parametrize(
    ("who", "limit"),
    [
        (TOKEN, limits.TOKEN_RATE.burst),
        (USER, limits.USER_RATE.burst),
        (None, limits.ADDRESS_RATE.burst),
        (NotSignedIn(), limits.ADDRESS_RATE.burst),
    ],
)
def test_each_kind_of_caller_has_its_limit(now: Time, who: object, limit: int):
    rates = Rates(now)
    exhaust(rates, who, limit)
    for other in (OTHER, USER if who is not USER else TOKEN):
        assert rates.counted(lambda other=other: other, "192.0.2.1") is other


def test_wrong_credentials_of_one_address_count_together_and_shut_no_token_out(now: Time):
    rates = Rates(now)
    exhaust(rates, NotSignedIn(), limits.ADDRESS_RATE.burst)
    with pytest.raises(TooMany):
        rates.counted(lambda: None, "192.0.2.1")
    assert rates.counted(lambda: None, "192.0.2.2") is None
    assert rates.counted(lambda: TOKEN, "192.0.2.1") is TOKEN


def test_calls_that_act_are_counted_more_strictly(now: Time):
    rates = Rates(now)
    for _ in range(limits.ACTING_RATE.burst):
        rates.acting(USER)
    with pytest.raises(TooMany):
        rates.acting(USER)
    rates.acting(TOKEN)
