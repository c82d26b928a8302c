"""The calendar as people change it, on both databases. It is Tuesday, 16 June 2026."""

from datetime import date

import pytest
from sqlalchemy.engine import Connection

from domain.access.policy import SYSTEM, Actor
from domain.access.store import AuditEntry, AuditQuery
from domain.calendar import service
from domain.calendar.model import DayException, Place
from domain.calendar.service import Calendar
from domain.foundation.errors import Conflict, InvalidInput, NotAllowed, Unknown
from domain.house import House

MANAGER = Actor(name="Maria", role="manager")
OPERATOR = Actor(name="Otto", role="operator")
WALL = Actor(name="wall", role="", kind="display", permissions=frozenset())
BREAK = {
    "label": "Winter break",
    "day_type": "closure",
    "first_day": "2025-12-24",
    "last_day": "2026-01-02",
    "yearly": True,
}
Marked = list[tuple[date, date | None, str]]


@pytest.fixture
def calendar(house: House) -> Calendar:
    return house.calendar


@pytest.fixture
def marked(calendar: Calendar) -> Marked:
    """What the calendar says is due, read inside its transaction."""
    found: Marked = []

    def mark_due(connection: Connection, first: date, until: date | None, reason: str) -> None:
        assert connection.in_transaction()
        found.append((first, until, reason))

    calendar.mark_with(mark_due)
    return found


def audit(house: House) -> list[AuditEntry]:
    rows, _ = house.access.audit_page(SYSTEM, AuditQuery())
    return [row for row in rows if row.action.startswith("calendar.")]


def kind(calendar: Calendar, day: date) -> str:
    (found,) = calendar.days(day, date.fromordinal(day.toordinal() + 1))
    return found.day_type


def test_until_somebody_says_it_the_country_is_assumed_from_the_time_zone(
    calendar: Calendar,
) -> None:
    assert calendar.place() == Place("PT", None, version=0, assumed=True)
    assert kind(calendar, date(2026, 6, 10)) == "holiday"


def test_a_country_without_a_region_and_no_country_at_all_can_be_said(calendar: Calendar) -> None:
    place = calendar.set_place(MANAGER, "DE", "BY", 0)
    assert place == Place("DE", "BY", version=1, assumed=False)
    assert kind(calendar, date(2026, 6, 10)) == "workday"
    place = calendar.set_place(MANAGER, "", "", place.version)
    assert place == Place(None, None, version=2, assumed=False)
    assert kind(calendar, date(2026, 12, 25)) == "workday"


def test_a_place_set_from_an_old_form_is_refused(calendar: Calendar) -> None:
    calendar.set_place(MANAGER, "ES", "", 0)
    for version in (0, 7):
        with pytest.raises(Conflict, match="meanwhile"):
            calendar.set_place(MANAGER, "FR", "", version)
    assert calendar.place().country == "ES"


def test_other_holidays_mark_the_days_that_became_another_kind_up_to_today(
    calendar: Calendar, marked: Marked
) -> None:
    calendar.set_place(MANAGER, "PT", "", 0)  # what was assumed anyway
    assert marked == []
    calendar.set_place(MANAGER, "ES", "", 1)
    days = [(first, until) for first, until, _ in marked]
    assert (date(2026, 6, 10), date(2026, 6, 11)) in days  # Portugal's own
    assert (date(2026, 5, 1), date(2026, 5, 2)) not in days  # a holiday in both
    assert max(until for _, until in days if until) <= date(2026, 6, 17)
    assert min(first for first, _ in days).year == 2000
    assert {reason for *_, reason in marked} == {"Other public holidays"}


def test_an_exception_and_its_audit_row_and_its_days_due_are_one_transaction(
    calendar: Calendar, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(service, "record", broken)
        with pytest.raises(RuntimeError):
            calendar.add_exception(MANAGER, BREAK)
    calendar.mark_with(broken)
    with pytest.raises(RuntimeError):
        calendar.add_exception(MANAGER, BREAK)
    assert calendar.exceptions(MANAGER) == []
    assert audit(house) == []


def test_a_yearly_closure_holds_in_every_year_and_marks_the_past_ones(
    calendar: Calendar, marked: Marked
) -> None:
    found = calendar.add_exception(MANAGER, BREAK)
    assert found == DayException(
        found.exception_id,
        date(2025, 12, 24),
        date(2026, 1, 2),
        "closure",
        "Winter break",
        yearly=True,
        version=1,
    )
    assert kind(calendar, date(2026, 12, 25)) == "closure"
    assert kind(calendar, date(2027, 1, 3)) == "sunday"
    spans = [(first, until) for first, until, _ in marked]
    assert spans[0] == (date(2000, 1, 1), date(2000, 1, 3))
    assert spans[-1] == (date(2025, 12, 24), date(2026, 1, 3))
    assert len(spans) == 27


def test_an_exception_of_days_to_come_marks_nothing(calendar: Calendar, marked: Marked) -> None:
    calendar.add_exception(
        MANAGER, {"label": "Moving", "day_type": "closure", "first_day": "2026-06-17"}
    )
    assert marked == []
    calendar.add_exception(
        MANAGER, {"label": "Moving", "day_type": "closure", "first_day": "2026-06-16"}
    )
    assert marked == [(date(2026, 6, 16), date(2026, 6, 17), "The calendar was changed")]


def test_a_special_working_day_beats_a_public_holiday_until_it_is_deleted(
    calendar: Calendar, marked: Marked, house: House
) -> None:
    fields = {"label": "Stock-taking", "day_type": "workday", "first_day": "2026-06-10"}
    found = calendar.add_exception(MANAGER, fields)
    assert found.last_day == found.first_day
    assert kind(calendar, found.first_day) == "workday"
    calendar.delete_exception(MANAGER, found.exception_id, found.version)
    assert kind(calendar, found.first_day) == "holiday"
    span = (date(2026, 6, 10), date(2026, 6, 11), "The calendar was changed")
    assert marked == [span, span]
    assert [row.action for row in audit(house)] == [
        "calendar.exception_delete",
        "calendar.exception_create",
    ]


def test_moving_an_exception_marks_where_it_was_and_where_it_is(
    calendar: Calendar, marked: Marked, house: House
) -> None:
    fields = {"label": "Works", "day_type": "closure", "first_day": "2026-05-04"}
    found = calendar.add_exception(MANAGER, fields)
    marked.clear()
    moved = {"first_day": "2026-05-11", "last_day": "2026-05-12"}
    after = calendar.change_exception(MANAGER, found.exception_id, moved, found.version)
    assert (after.label, after.version) == ("Works", 2)
    assert [(first, until) for first, until, _ in marked] == [
        (date(2026, 5, 4), date(2026, 5, 5)),
        (date(2026, 5, 11), date(2026, 5, 13)),
    ]
    row = audit(house)[0]
    assert row.before == '{"first_day": "2026-05-04", "last_day": "2026-05-04"}'
    assert row.after == '{"first_day": "2026-05-11", "last_day": "2026-05-12"}'


def test_a_stale_form_neither_changes_nor_deletes(calendar: Calendar) -> None:
    found = calendar.add_exception(MANAGER, BREAK)
    calendar.change_exception(MANAGER, found.exception_id, {"label": "Break"}, 1)
    with pytest.raises(Conflict, match="meanwhile"):
        calendar.change_exception(MANAGER, found.exception_id, {"label": "Holidays"}, 1)
    with pytest.raises(Conflict, match="meanwhile"):
        calendar.delete_exception(MANAGER, found.exception_id, 1)
    assert calendar.exception(MANAGER, found.exception_id).label == "Break"
    calendar.delete_exception(MANAGER, found.exception_id, 2)
    with pytest.raises(Unknown):
        calendar.delete_exception(MANAGER, found.exception_id)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"label": " "}, "label"),
        ({"label": "x" * 81}, "label"),
        ({"day_type": "holidays"}, "day_type"),
        ({"first_day": "24.12.2025"}, "first_day"),
        ({"first_day": None}, "first_day"),
        ({"last_day": "2025-12-23"}, "last_day"),
        ({"last_day": "2026-12-24"}, "last_day"),  # a year and a day
        ({"first_day": "1999-12-31", "last_day": "2000-01-02"}, "first_day"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_each_field_that_cannot_be_used_is_named(
    calendar: Calendar, fields: dict[str, object], wrong: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        calendar.add_exception(MANAGER, {**BREAK, **fields})
    assert [error.field for error in refused.value.fields] == [wrong]


def test_a_year_long_exception_is_the_longest(calendar: Calendar) -> None:
    fields = {"first_day": "2025-12-24", "last_day": "2026-12-23"}
    found = calendar.add_exception(MANAGER, {**BREAK, **fields})
    assert found.holds(date(2030, 12, 23))
    assert found.holds(date(2030, 12, 24))


def test_there_is_a_most_of_exceptions(calendar: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_EXCEPTIONS", 1)
    calendar.add_exception(MANAGER, BREAK)
    with pytest.raises(Conflict, match="At most 1"):
        calendar.add_exception(MANAGER, BREAK)


def test_operators_read_and_do_not_change_and_a_wall_display_sees_nothing_of_it(
    calendar: Calendar,
) -> None:
    found = calendar.add_exception(MANAGER, BREAK)
    assert calendar.exceptions(OPERATOR) == [found]
    with pytest.raises(NotAllowed):
        calendar.add_exception(OPERATOR, BREAK)
    with pytest.raises(NotAllowed):
        calendar.change_exception(OPERATOR, found.exception_id, {"label": "x"})
    with pytest.raises(NotAllowed):
        calendar.delete_exception(OPERATOR, found.exception_id)
    with pytest.raises(NotAllowed):
        calendar.set_place(OPERATOR, "ES", "", 0)
    with pytest.raises(NotAllowed):
        calendar.exceptions(WALL)
