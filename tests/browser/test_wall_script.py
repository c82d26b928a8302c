"""The wall page in Chromium over a small house: flow, order of rooms, band, sizes."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from domain.access.policy import SYSTEM
from domain.building.comfort import Comfort, Measured, comfort_state
from domain.building.energy_now import EnergyNow, RoomUse
from domain.building.model import BuildingChange, Room, RoomLive
from domain.telemetry.model import Latest
from pages._wall_view import WallView, wall
from tests.api.live_server import LiveServer, live_server
from tests.browser.markup import document
from tests.browsing import Browser
from tests.unit.live.fakes import NOW_MS, a_reading
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

EVENING = EnergyNow(
    consumption_kw=47.5,
    generation_kw=11.8,
    battery_kw=-24.0,
    grid_kw=11.7,
    soc_percent=71.0,
    uses={"climate": 17.6, "equipment": 16.9, "lighting": 6.2, "kitchen": 3.8},
    rooms=(RoomUse(1, "Studio", 44.5, {"climate": 17.6}),),
    unmetered_kw=3.0,
    ts_ms=NOW_MS - 1000,
    interval_s=10.0,
    state="fresh",
    roles=frozenset({"main", "submeter", "generation", "battery"}),
)
NOON = replace(EVENING, consumption_kw=52.6, generation_kw=78.4, battery_kw=18.0, grid_kw=-7.8)
TODAY = {
    "consumption_kwh": 825.0,
    "generation_kwh": 643.0,
    "import_kwh": 181.0,
    "self_sufficiency_percent": 78.0,
    "self_consumption_percent": 95.0,
    "consumption_kwh_change": "6 % less",
}
ROOMS = [
    ("Studio", 24.8, 600), ("Training room", 25.1, 650), ("Boardroom", 20.6, 500),
    ("Library", 23.0, 480), ("Open office North", 24.2, 700), ("Open office South", 26.4, 720),
    ("Meeting 1.1", 23.9, 1450), ("Meeting 1.2", 23.1, 560), ("Reception", 22.4, 520),
    ("Canteen", 24.6, 800), ("Lab", 22.9, 450), ("Server room", 22.0, 420),
]  # fmt: skip


def energy_frame(now: EnergyNow) -> dict[str, Any]:
    peak = {"kw": 84.6, "ts_ms": NOW_MS - 3 * 86_400_000}
    return now.frame() | {"today": TODAY, "peak_month": peak}


def a_room_live(number: int, name: str, temperature: float, co2: float, age_s: int = 5) -> RoomLive:
    room = Room(number, name, "1st", 1, 8, 40.0, Comfort(), {}, 1)
    values = {
        metric: Latest(f"CLIMATE_{number}", metric, NOW_MS - age_s * 1000, value, unit, 10.0)
        for metric, value, unit in (("temperature", temperature, "°C"), ("co2", co2, "ppm"))
    }
    measured = {metric: Measured(latest.value, age_s < 60) for metric, latest in values.items()}
    state = comfort_state(measured, room.comfort)
    then_ms = NOW_MS - age_s * 1000
    return RoomLive(room, values, state, 2.0, (), then_ms, 10.0, age_s * 1000)


class Wall:
    """The wall over a house the test moves."""

    def __init__(self, live: LiveServer, browser: Browser) -> None:
        self.live, self.browser = live, browser
        self.rooms = [a_room_live(n, *room) for n, room in enumerate(ROOMS, start=1)]
        self.energy = EVENING
        building, energy = live.house.building, live.house.energy
        building.live_rooms = lambda: self.rooms  # type: ignore[method-assign]
        building.rooms = lambda: [r.room for r in self.rooms]  # type: ignore[method-assign]
        energy.frame = lambda: energy_frame(self.energy)  # type: ignore[method-assign]
        live.house.telemetry.store(a_reading("CLIMATE_ROOF", 24.0))

    def open(self, width: int = 1920, height: int = 1080) -> Browser:
        view = WallView(
            "Alameda Offices", True, None, True, energy_frame(self.energy), 60.0, self.rooms,
            NOW_MS, self.live.house.zone,
        )  # fmt: skip
        self.live.pages["kiosk"] = document(wall(view))
        self.browser.resize(width, height)
        self.browser.open("/page/kiosk")
        wait_until(lambda: self.browser.all("html[data-live=live] .wall-room"))
        return self.browser

    def change(self) -> None:
        """Let the hub look again, as after stored readings."""
        self.live.house.store(a_reading("CLIMATE_ROOF", 24.0))

    def names(self) -> list[str]:
        """Rooms as they stand from top to bottom."""
        rows = self.browser.all(".wall-room:not(.wall-beyond)")
        rows.sort(key=lambda row: row.location["y"])
        return [row.find_element("css selector", ".wall-room-name").text for row in rows]


@pytest.fixture
def shown(session_browser: WebDriver) -> Iterator[Wall]:
    with live_server() as live:
        visitor = Browser(session_browser, live.address)
        visitor.forget()
        yield Wall(live, visitor)
        visitor.forget()


def ribbons(page: Browser) -> int:
    return len(page.all(".wb-ribbon"))


def test_rooms_out_of_their_band_stand_first_and_the_rest_is_counted(shown: Wall) -> None:
    page = shown.open()
    wait_until(lambda: shown.names()[:3] == ["Open office South", "Meeting 1.1", "Boardroom"])
    page.wait_text(".wall-rooms-fact", "9 of 12 comfortable")
    page.wait_text(".wall-rooms-more", "more rooms comfortable")
    assert "Warm" in page.text(".wall-room[data-room='6']")
    assert "Air stuffy" in page.text(".wall-room[data-room='7']")
    assert page.errors() == []


def test_a_room_that_gets_warm_moves_to_the_top_without_a_reload(shown: Wall) -> None:
    page = shown.open()
    page.driver.execute_script("window.still = true")
    shown.rooms[8] = a_room_live(9, "Reception", 28.6, 500)
    shown.change()
    wait_until(lambda: "Reception" in shown.names()[:4])
    page.wait_text(".wall-rooms-fact", "8 of 12 comfortable")
    assert page.driver.execute_script("return window.still") is True


def test_ribbons_are_what_flows_and_their_numbers_add_up(shown: Wall) -> None:
    page = shown.open()
    assert ribbons(page) == 3
    numbers = sorted(float(el.text) for el in page.all(".wb-pill text"))
    assert numbers == [11.7, 11.8, 24.0]
    assert sum(numbers) == pytest.approx(47.5)
    shown.energy = NOON
    shown.change()
    page.wait_text("[data-node='grid']", "exporting")
    wait_until(lambda: {el.text for el in page.all(".wb-pill text")} == {"18.0", "52.6", "7.8"})
    assert "7.8" in page.text("[data-node='grid']")
    assert "−" not in page.text("[data-node='grid']")


def test_totals_say_their_figure_and_what_it_means(shown: Wall) -> None:
    page = shown.open()
    text = page.text(".wall-totals")
    for part in ("71", "825", "643", "95 % used here", "181 kWh bought", "84.6"):
        page.wait_text(".wall-totals", part)
    assert text
    page.wait_text(".wall-totals", "6 % less than 9 Jun")


def test_a_lost_connection_is_a_band_with_time_age_and_attempts(shown: Wall) -> None:
    page = shown.open()
    shown.live.cut()
    page.wait_text(".wall-band-title", "Not live since 09:59")
    page.wait_text(".wall-band-words", "Last data Tue 16 Jun 09:59:59,")
    page.wait_text(".wall-band-words", "Values behind are old. Reconnecting, attempt")
    shown.live.closed.clear()
    wait_until(lambda: not page.find(".wall-band").is_displayed(), 30)


def test_old_values_are_a_band_even_while_the_socket_lives(shown: Wall) -> None:
    shown.energy = replace(EVENING, ts_ms=NOW_MS - 540_000, state="stale")
    shown.rooms = [a_room_live(n, *room, age_s=540) for n, room in enumerate(ROOMS, start=1)]
    page = shown.open()
    page.wait_text(".wall-band-title", "Not live since 09:51")
    page.wait_text(".wall-band-words", "9 min ago. Values behind are old. Nothing comes from the")


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1440, 900), (390, 844)])
def test_the_wall_fits_its_screen_without_scrolling(shown: Wall, width: int, height: int) -> None:
    page = shown.open(width, height)
    wait_until(lambda: shown.names())
    sizes = page.driver.execute_script(
        "const e = document.documentElement; return [e.scrollWidth, e.scrollHeight]"
    )
    assert sizes == [width, height]
    beyond = page.driver.execute_script(
        "const css = '.wall-room:not(.wall-beyond), .wall-total, .wb-node, .wall-head > *';"
        "return [...document.querySelectorAll(css)]"
        ".filter((el) => { const r = el.getBoundingClientRect(); return r.right > innerWidth + 1 ||"
        " r.bottom > innerHeight + 1 || r.left < -1 }).map((el) => el.textContent)"
    )
    assert beyond == []


def test_a_new_room_makes_the_page_anew(shown: Wall) -> None:
    page = shown.open()
    page.driver.execute_script(
        "window.still = true; const real = performance.now.bind(performance);"
        "performance.now = () => real() + 120000"
    )
    renamed = BuildingChange(SYSTEM, "rooms.update", ("room/1",))
    shown.live.house.bus.publish("building", renamed)
    wait_until(lambda: page.driver.execute_script("return window.still") is None)


def test_it_has_no_control(shown: Wall) -> None:
    page = shown.open()
    assert page.all(".wall :is(a, button, input, select)") == []
