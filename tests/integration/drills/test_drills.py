"""Drills from the first command to the report: each fault passes, and fails without protection."""

import json
from typing import Any

import pytest
import sqlalchemy as sa
from plotly.utils import PlotlyJSONEncoder

from api import drill_pdf
from domain.access.policy import Actor
from domain.access.store import audit_log
from domain.control import lifecycle
from domain.drills import service, store
from domain.drills.model import FAULTS
from domain.drills.report import LIST_COLUMNS, list_rows, report_rows
from domain.foundation.errors import Conflict, InvalidInput, NotAllowed
from pages._drills_report import Sight, report_body
from tests.integration.drills.playing import OWNER, DrillPlay

MANAGER, VIEWER = Actor("mia", "manager", 3), Actor("vic", "viewer", 4)


def begin(play: DrillPlay, fault: str) -> Any:
    return play.house.drills.start(MANAGER, "PUMP", fault, "off", is_test_device=True)


def line(report: dict[str, Any], what: str) -> dict[str, Any]:
    return next(one for one in report["lines"] if one["what"] == what)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_device_that_keeps_its_lease_passes_within_the_limit(play: DrillPlay, fault: str) -> None:
    found, report = play.run(begin(play, fault))
    assert found.result == "passed", report["lines"]
    assert found.seconds_to_safety is not None
    assert 0 < found.seconds_to_safety <= found.limit_s
    assert [one["ok"] for one in report["lines"]] == [True] * 6
    told = next(c for c in report["commands"] if c["command_id"] == report["told"]["command_id"])
    assert told["state"] == "expired"
    assert [step["state"] for step in told["steps"]][:3] == ["requested", "sent", "acknowledged"]
    cited = line(report, "Safe")["readings"]
    assert cited[-1] == [report["safe_ms"], 3.0]
    assert line(report, "Event")["events"] == [one["event_id"] for one in report["events"]]
    words = "not done" if fault in ("stale_meter", "silent_device") else "expired"
    assert words in report["events"][0]["cause"]
    # Nobody wants anything of the device any more, and it does what it did before.
    assert play.house.control.holdings(MANAGER)["PUMP"].intent is None
    assert play.power_kw == 3.0
    sent_ms = [command["last_sent_ms"] or 0 for command in report["commands"]]
    assert max(sent_ms) <= report["fault"]["until_ms"]


@pytest.mark.parametrize("fault", FAULTS)
def test_what_else_hangs_behind_the_meter_does_not_hide_the_device(
    play: DrillPlay, fault: str
) -> None:
    play.others_kw = 4.0
    play.wait(20)
    found, report = play.run(begin(play, fault))
    assert found.result == "passed", report["lines"]
    assert line(report, "Safe")["readings"][-1] == [report["safe_ms"], 7.0]


def test_a_report_reads_the_same_on_the_page_as_a_file_and_on_paper(play: DrillPlay) -> None:
    found, report = play.run(begin(play, "stale_meter"))
    sight = Sight(play.clock.now_ms(), play.house.zone, "Alameda", True, True)
    page = json.dumps(report_body(found, report, sight), cls=PlotlyJSONEncoder)
    rows = report_rows(report)
    told = str(report["told"]["command_id"])
    for cited in (told, "PASSED", found.device_name, report["events"][0]["cause"]):
        assert cited in page
    assert {row[1] for row in rows} == {"judged", "command", "event", "reading"}
    assert sum(row[1] == "reading" for row in rows) == len(report["readings"])
    assert any(row[2] == told and row[4] == "expired" for row in rows)
    paper = drill_pdf.pdf(found, report, drill_pdf.Head("Alameda", play.house.zone, True))
    assert paper.startswith(b"%PDF-")
    (row,) = list_rows(play.house.drills.all_reports(VIEWER))
    assert len(row) == len(LIST_COLUMNS)


def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "unheard", lambda *_: None)


def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "observe_s", lambda *_: 1e6)


def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands that could not be sent wait for ever, and are sent when the broker is back."""
    monkeypatch.setattr(lifecycle, "overdue", lambda *_: None)
    monkeypatch.setattr(lifecycle, "lapsed", lambda *_: None)


@pytest.mark.parametrize(
    ("fault", "off", "failing"),
    [
        ("lost_broker", "lease", "Safe"),
        ("dead_scheduler", "lease", "Safe"),
        ("silent_device", "lease", "Safe"),
        ("silent_device", deaf, "Commands"),
        ("stale_meter", patient, "Safe"),
        ("lost_broker", late, "Commands"),
    ],
)
def test_with_its_protection_switched_off_the_drill_says_failed(
    play: DrillPlay, monkeypatch: pytest.MonkeyPatch, fault: str, off: Any, failing: str
) -> None:
    drill = begin(play, fault)
    if off == "lease":
        play.ignores_lease = True
    else:
        off(monkeypatch)
    found, report = play.run(drill)
    assert found.result == "failed", report["lines"]
    assert not line(report, failing)["ok"], report["lines"]
    monkeypatch.undo()
    # The drill ends what it began, whatever came of it.
    assert play.house.drills.fault() is None
    assert play.house.control.holdings(MANAGER)["PUMP"].intent is None


@pytest.mark.parametrize("play", ["sqlite", "postgresql"], indirect=True)
def test_only_a_test_device_that_is_free_is_drilled_one_at_a_time_and_audited(
    play: DrillPlay,
) -> None:
    drills = play.house.drills
    with pytest.raises(NotAllowed):
        drills.start(VIEWER, "PUMP", "lost_broker", "off", is_test_device=True)
    with pytest.raises(InvalidInput, match="moves the device"):
        drills.start(MANAGER, "PUMP", "lost_broker", "off", is_test_device=False)
    with pytest.raises(InvalidInput, match="no such fault"):
        drills.start(MANAGER, "PUMP", "flood", "off", is_test_device=True)
    with pytest.raises(InvalidInput, match="told that"):
        drills.start(MANAGER, "PUMP", "lost_broker", "on", is_test_device=True)
    play.house.control.command(MANAGER, "PUMP", "off", minutes=10)
    with pytest.raises(Conflict, match=r"held by manual \(mia\)"):
        drills.start(MANAGER, "PUMP", "lost_broker", "off", is_test_device=True)
    play.house.control.release(MANAGER, "PUMP")
    play.wait(15)
    drill = begin(play, "lost_broker")
    with pytest.raises(Conflict, match="Another drill"):
        begin(play, "stale_meter")
    with play.house.database.read() as c:
        rows = c.execute(sa.select(audit_log.c.action, audit_log.c.target)).all()
    assert ("drills.start", "device/PUMP") in [tuple(row) for row in rows]
    drills.cancel(MANAGER, drill.drill_id)
    play.second()
    assert drills.report(VIEWER, drill.drill_id)[0].result == "cancelled"
    with pytest.raises(Conflict, match="over already"):
        drills.cancel(MANAGER, drill.drill_id)
    assert play.house.control.holdings(MANAGER)["PUMP"].intent is None


def test_a_cancelled_drill_lifts_its_fault_at_once(play: DrillPlay) -> None:
    drill = begin(play, "lost_broker")
    while play.house.drills.fault() is None:
        play.second()
    play.house.drills.cancel(MANAGER, drill.drill_id)
    assert play.house.drills.fault() is None


def test_a_killed_process_leaves_the_drill_aborted_and_the_fault_lifted(
    play: DrillPlay, monkeypatch: pytest.MonkeyPatch
) -> None:
    drill = begin(play, "dead_scheduler")
    while play.house.drills.fault() is None:
        play.second()
    seen_ms = service.real_now_ms()
    monkeypatch.setattr(service, "real_now_ms", lambda: seen_ms + service.LOST_MS + 1)
    assert play.house.drills.fault() is None  # before anybody has noticed
    assert play.house.drills.advance("desk:2")
    found, report = play.house.drills.report(VIEWER, drill.drill_id)
    assert (found.result, report["why"]) == ("aborted", service.LOST)
    assert play.house.drills.announced() is None
    assert not play.house.drills.advance(OWNER)


def test_a_device_that_does_not_follow_ends_the_drill_before_the_fault(play: DrillPlay) -> None:
    play.meter_stands = True
    found, report = play.run(begin(play, "lost_broker"))
    assert found.result == "aborted"
    assert "contradicted" in report["why"]
    assert report["fault"]["from_ms"] is None


def test_a_meter_that_never_showed_the_device_told_proves_nothing(play: DrillPlay) -> None:
    play.meter_stands = True
    found, report = play.run(begin(play, "stale_meter"))
    assert found.result == "aborted"
    assert "nothing can be said" in report["why"]


@pytest.mark.parametrize("play", ["sqlite", "postgresql"], indirect=True)
def test_a_report_is_kept_as_it_was_written(play: DrillPlay) -> None:
    drill = begin(play, "lost_broker")
    play.house.drills.cancel(MANAGER, drill.drill_id)
    play.second()
    table = store.report_table
    for change in (table.update().values(result="passed"), table.delete()):
        with (
            pytest.raises(sa.exc.DatabaseError, match="append-only"),
            play.house.database.write() as c,
        ):
            c.execute(change)
