"""`schemathesis` over /openapi.json, in process: whatever it thinks of breaks no promise.

Five examples an operation as an administrator and as nobody; under WATTBOARD_LONG=1, fifty as each
role. All of its checks are on: no 5xx, every status, header and body as promised, what the document
forbids refused, and no success without credentials. Beside them, nothing beyond the role.
"""

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from flask import Blueprint, Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import AcceptedNegativeData, Failure, FailureGroup
from schemathesis.core.transport import Response
from typing_extensions import TypedDict

import api
from api.resource import Resource
from api.schema import closed
from domain.access.policy import SYSTEM
from domain.foundation.clock import FixedClock, from_ms, to_ms
from domain.house import House
from domain.jobs.model import JobInfo
from domain.telemetry.model import Reading
from tests.api.conftest import a_web, visitor
from tests.api.test_roles import OPEN, WHO
from tests.integration.alarms.conftest import limit_rule

LONG = bool(os.environ.get("WATTBOARD_LONG"))
CALLERS = ("admin", "manager", "operator", "viewer") if LONG else ("admin", "anonymous")
EXAMPLES = 50 if LONG else 5
SEED = 20260616
KNOWN = {
    "sensor_id": "S",
    "name": "Lab",
    "service": "sensor",
    "event_id": "1",
    "device_id": "D",
    "order_id": "1",
    "job": "settle",
    "rule_id": "1",
    "schedule_id": "1",
}
UNTOLD = frozenset({"cursor", "start_time", "end_time"})
"""Parameters of which a schema cannot say which text is one; guessed, they only give 422."""
RULES: dict[str, Any] = {
    # Who calls is the test's to choose; a guessed session or token would only give 401.
    "generation": {"with-security-parameters": False},
    "checks": {
        # No schema says that a cursor, a room or a period is none: those are 422, with why.
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "401", "403", "404", "409", "422", "429"]
        },
    },
}
OBEYING = settings(
    max_examples=EXAMPLES,
    database=None,
    deadline=None,
    derandomize=False,  # the seed decides
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@closed
class Planted(TypedDict):
    """What the planted routes promise."""

    power_kw: float


@dataclass
class Walk:
    """What came of asking every operation as one caller."""

    faults: list[str] = field(default_factory=list)
    statuses: dict[str, Counter[int]] = field(default_factory=dict)

    def never_answered(self) -> set[str]:
        return {w for w, seen in self.statuses.items() if not any(200 <= s < 300 for s in seen)}


def cookies_of(web: Flask, role: str) -> dict[str, str]:
    jar = visitor(web, role)._cookies or {}
    return {cookie.key: cookie.value for cookie in jar.values()}


def cases(operation: Any) -> st.SearchStrategy[Case]:
    """What the document allows, of what exists and of what does not; and what it forbids."""
    names = {parameter.name for parameter in operation.path_parameters}
    here = {name: known for name, known in KNOWN.items() if name in names}

    def plainly(case: Case) -> Case:
        case.query = {name: value for name, value in case.query.items() if name not in UNTOLD}
        return case

    return st.one_of(
        operation.as_strategy(GenerationMode.POSITIVE, path_parameters=here).map(plainly),
        operation.as_strategy(GenerationMode.POSITIVE),
        operation.as_strategy(GenerationMode.NEGATIVE),
    )


def told_what_was_left(case: Case, response: Response) -> bool:
    """API.md §2: readings are taken one by one; 202 names each that was not, or was ignored."""
    if case.operation.label != "POST /api/v1/data/ingest" or response.status_code != 202:
        return False
    answer = response.json()
    return bool(answer["rejected"] or answer["warnings"])


def broken(case: Case, response: Response, cookies: Mapping[str, str]) -> list[Failure]:
    """The promises that one answer breaks."""
    # `auth` tells the checks that the cookies are credentials; they ask again without them.
    given_by = {"cookies": dict(cookies), "auth": ("cookie", "")} if cookies else {}
    try:
        case.validate_response(response, transport_kwargs=given_by)
    except FailureGroup as group:
        return [
            fault
            for fault in group.exceptions
            if not isinstance(fault, AcceptedNegativeData) or not told_what_was_left(case, response)
        ]
    return []


def beyond(who: Mapping[str, set[str]], caller: str, label: str, status: int) -> bool:
    """Whether an operation that the role lacks answered anything but a refusal."""
    method, _, path = label.partition(" ")
    what = f"{method.lower()} {path}"
    return what not in OPEN and caller not in who[what] and status not in {401, 403}


def walk(web: Flask, caller: str, who: Mapping[str, set[str]] = WHO) -> Walk:
    """Ask every operation of the document as one caller; deletions come last."""
    served = visitor(web, "admin").get("/openapi.json").json
    schema = schemathesis.openapi.from_dict(served, config=SchemathesisConfig.from_dict(RULES))
    schema.app = web
    cookies, found = cookies_of(web, caller), Walk()

    def asking(label: str) -> Callable[[Case], None]:
        seen = found.statuses.setdefault(label, Counter())

        def ask(case: Case) -> None:
            response = case.call(cookies=cookies, headers={"Accept-Encoding": "identity"})
            seen[response.status_code] += 1
            faults: list[object] = list(broken(case, response, cookies))
            if beyond(who, caller, label, response.status_code):
                faults.append(f"{caller} may not, and got {response.status_code}")
            sent = case.as_curl_command()[:500]
            found.faults += [f"{caller}: {fault} for {sent}" for fault in faults]

        return ask

    operations = [result.ok() for result in schema.get_all_operations()]
    for operation in sorted(operations, key=lambda one: one.method == "delete"):
        seed(SEED)(OBEYING(given(cases(operation))(asking(operation.label))))()
    return found


@pytest.fixture
def busy(unhurried: None, small_house: House, clock: FixedClock) -> House:
    """A room, a sensor, readings, an event; a device, an order, a rule and a schedule."""
    small_house.building.create_room(SYSTEM, {"name": "Lab", "floor": "1"})
    small_house.building.register_sensor(SYSTEM, "S", {"room": "Lab"})
    small_house.control.register(SYSTEM, "D", {"capabilities": {"on_off": True}})
    at_noon = {"kind": "time", "at": "12:00"}
    small_house.automation.create(SYSTEM, {"name": "R", "trigger": at_noon, "notice": "Noon"})
    open_hours = {"from": "08:00", "to": "18:00", "command": "on"}
    targets = [{"device_id": "D"}]
    small_house.automation.create_schedule(
        SYSTEM, {"name": "P", "targets": targets, "entries": [open_hours]}
    )
    now_ms = to_ms(clock.now())
    small_house.jobs.register([JobInfo("settle", "Rollups", "bring rollups up to date", 5)])
    small_house.jobs.seen("desk:1")
    small_house.control.limits.order(SYSTEM, {"import_kw": 5.0, "ends_ms": now_ms + 7_200_000})
    clock.set(from_ms(now_ms - 90 * 60_000))
    limit_rule(small_house, metric="power", limit=1)
    clock.set(from_ms(now_ms))
    minutes = [Reading("S", "power", now_ms - minute * 60_000, 1.5) for minute in range(90)]
    small_house.telemetry.ingest(minutes)
    small_house.telemetry.settle()
    clock.set(from_ms(now_ms + 2_000))
    assert small_house.alarms.evaluate() == 1
    clock.set(from_ms(now_ms))
    return small_house


@pytest.mark.parametrize("caller", CALLERS)
def test_no_input_breaks_a_promise_or_gets_beyond_the_role(busy: House, caller: str) -> None:
    found = walk(a_web(busy), caller)
    assert not found.faults, "\n\n".join(found.faults)
    needs_a_real_token = {"POST /api/v1/tokens/save", "POST /api/v1/tokens/revoke"}
    # No schema says which fields go together, nor which rooms and devices there are.
    rules = "/api/v1/iot/rules"
    needs_what_is_there = {f"POST {rules}", f"POST {rules}/dry-run", "POST /api/v1/iot/schedules"}
    if caller == "admin":
        assert found.never_answered() <= needs_a_real_token | needs_what_is_there


def test_planted_faults_are_found(busy: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty_api(house: House) -> Blueprint:
        planted = Resource(house, "planted", "/api/v1/planted", "Three faults.")

        @planted.get("/lie", "rooms.read")
        def lie() -> Planted:
            """Answer otherwise than promised."""
            return {"power_kw": "much"}  # type: ignore[typeddict-item]

        @planted.get("/fall", "rooms.read")
        def fall() -> Planted:
            """Fail."""
            raise ZeroDivisionError

        @planted.delete("/open", "rooms.read")
        def wide_open() -> None:
            """Be open to whom the table denies it."""

        return planted.blueprint

    monkeypatch.setattr(api, "RESOURCES", (*api.RESOURCES, faulty_api))
    places = {"get lie": {"viewer"}, "get fall": {"viewer"}, "delete open": set[str]()}
    planted = {what.replace(" ", " /api/v1/planted/"): roles for what, roles in places.items()}
    faults = walk(a_web(busy), "viewer", {**WHO, **planted}).faults
    for words, place in (
        ("Response violates schema", "/planted/lie"),
        ("Server error", "/planted/fall"),
        ("may not, and got 204", "/planted/open"),
    ):
        assert any(words in fault and place in fault for fault in faults), (words, faults)
    assert all("/api/v1/planted/" in fault for fault in faults)
