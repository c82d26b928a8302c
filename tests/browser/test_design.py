"""The components as a browser shows them: themes, charts, picker, tables, dialogs, phone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from components import tokens
from tests.browsing import Browser
from tests.waiting import wait_until

pytestmark = pytest.mark.browser
CASES = Path(__file__).parents[1] / "formats_cases.json"
LINE_COLOUR = """
const gd = document.querySelector('#design-day.js-plotly-plot, #design-day .js-plotly-plot');
const index = gd.data.findIndex((trace) => trace.name === 'Consumption');
return gd.data[index].line.color;
"""


@pytest.fixture
def design(browser: Browser) -> Iterator[Browser]:
    browser.resize(1440, 900)
    browser.sign_in("admin", "/design")
    wait_until(lambda: len(browser.all("svg.main-svg")) >= 6, 60)
    browser.errors()
    yield browser
    assert browser.errors() == []


def _choose_theme(browser: Browser, name: str) -> None:
    if not browser.all("details.wb-user[open]"):
        browser.click(".wb-avatar")
    browser.click(f".wb-user-menu [data-theme-choice={name}]")


def _script(browser: Browser, code: str, *arguments: Any) -> Any:
    return browser.driver.execute_script(code, *arguments)


def test_a_chosen_theme_holds_after_a_reload_and_recolours_charts_without_asking(
    design: Browser,
) -> None:
    _choose_theme(design, "dark")
    wait_until(lambda: _script(design, LINE_COLOUR) == tokens.colour("consumption", "dark"))
    design.requests()
    _choose_theme(design, "light")
    wait_until(lambda: _script(design, LINE_COLOUR) == tokens.colour("consumption", "light"))
    assert not [url for url in design.requests() if "_dash-update-component" in url]
    _choose_theme(design, "dark")
    design.open("/design")
    assert design.find("html").get_attribute("data-bs-theme") == "dark"
    wait_until(lambda: design.all("#design-day .main-svg"), 30)
    wait_until(lambda: _script(design, LINE_COLOUR) == tokens.colour("consumption", "dark"))
    _choose_theme(design, "system")
    wait_until(lambda: design.find("html").get_attribute("data-bs-theme") == "light")


def test_the_hover_box_reads_every_series_at_one_local_time(design: Browser) -> None:
    def hovered() -> str:
        plot = design.find("#design-day .nsewdrag")  # charts above may still push it down
        _script(design, "arguments[0].scrollIntoView({block: 'center'})", plot)
        ActionChains(design.driver).move_to_element_with_offset(plot, 200, 60).perform()
        boxes = [found.text for found in design.all(".wb-chart[data-hover] .wb-hover")]
        return next((box for box in boxes if "Consumption" in box), "")

    box = wait_until(hovered)
    assert box.startswith("Thu 18 Jun ")
    assert " kW" in box


def test_a_legend_button_hides_its_series_and_shows_it_again(design: Browser) -> None:
    css = '.wb-legend-button[data-chart="design-day"][data-group="Solar"]'
    visible = """
    const gd = document.querySelector('#design-day.js-plotly-plot, #design-day .js-plotly-plot');
    return gd.data.find((trace) => trace.name === 'Solar').visible;
    """
    button = design.find(css)
    _script(design, "arguments[0].scrollIntoView({block: 'center'})", button)
    design.click(css)
    wait_until(lambda: _script(design, visible) == "legendonly")
    assert design.find(css).get_attribute("aria-pressed") == "false"
    wait_until(lambda: _press_again(design, css) and _script(design, visible) is True)


def _press_again(browser: Browser, css: str) -> bool:
    if browser.find(css).get_attribute("aria-pressed") == "false":
        _script(browser, "document.querySelector(arguments[0]).click()", css)
    return browser.find(css).get_attribute("aria-pressed") == "true"


def test_the_period_picker_goes_back_but_never_into_the_future(design: Browser) -> None:
    picker = "#design-period"
    design.wait_text(f"{picker} .wb-period-label", "Thu 18 Jun 2026")
    assert not design.find(f"{picker} [aria-label=Forth]").is_enabled()
    _script(design, "arguments[0].scrollIntoView({block: 'center'})", design.find(picker))
    design.click(f"{picker} .wb-segment:nth-child(2)")
    design.wait_text(f"{picker} .wb-period-label", "15 to 21 Jun 2026")
    design.click(f"{picker} [aria-label=Back]")
    design.wait_text(f"{picker} .wb-period-label", "8 to 14 Jun 2026")
    design.click(f"{picker} .wb-period-compare")
    design.wait_text(f"{picker} .wb-period-compare", "Compare with 1 to 7 Jun")
    assert design.find(f"{picker} [aria-label=Forth]").is_enabled()


def test_rows_are_chosen_singly_or_all_at_once(design: Browser) -> None:
    table = "#design-table"
    _script(design, "arguments[0].scrollIntoView({block: 'center'})", design.find(table))

    def checked() -> list[str | None]:
        return [box.get_attribute("aria-checked") for box in design.all(f"{table} [data-select]")]

    wait_until(lambda: checked() == ["false"] * 3)
    design.click(f"{table} tbody tr:nth-child(2) [data-select]")
    wait_until(lambda: checked() == ["false", "true", "false"])
    assert design.find(f"{table} [data-select-all]").get_attribute("aria-checked") == "mixed"
    design.click(f"{table} [data-select-all]")
    wait_until(lambda: checked() == ["true"] * 3)


def test_cancel_closes_a_dialog_without_a_callback_of_its_page(design: Browser) -> None:
    shown = "document.querySelectorAll('.modal.show').length"
    _script(
        design,
        "dash_clientside.set_props({type: 'wb-dialog', name: 'design'}, {is_open: true})",
    )
    wait_until(lambda: _script(design, f"return {shown}") == 1)
    design.wait_text(".modal.show", "Delete Studio?")
    cancel = next(b for b in design.all(".modal.show button") if b.text == "Cancel")
    wait_until(lambda: _clicked(cancel))
    wait_until(lambda: _script(design, f"return {shown}") == 0)


def _clicked(button: Any) -> bool:
    try:
        button.click()
    except Exception:  # noqa: BLE001 - it is still fading in
        return False
    return True


def test_a_phone_has_tabs_and_a_menu_with_every_page(design: Browser) -> None:
    design.resize(390, 844, phone=True)
    design.open("/design")
    tabs = design.find(".wb-tabs")
    assert tabs.is_displayed()
    assert not design.find(".wb-nav").is_displayed()
    design.click("#wb-more-open")
    pages = {"Overview", "Rooms", "Sensors", "Admin", "Design"}
    wait_until(lambda: pages <= {link.text for link in design.all(".offcanvas.show .wb-nav-link")})
    wide = _script(design, "return document.documentElement.scrollWidth")
    assert wide <= 390


def test_the_page_is_never_wider_than_its_screen(design: Browser) -> None:
    fits = "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    for width in (1920, 1440, 1100, 768, 390):
        design.resize(width, 900, phone=width < 576)
        wait_until(lambda: _script(design, "return window.innerWidth") == width)  # noqa: B023
        wait_until(lambda: _script(design, fits))


def test_the_browser_writes_numbers_and_ages_as_the_server_does(design: Browser) -> None:
    cases = json.loads(CASES.read_text(encoding="utf-8"))
    names = {"add_up": "addUp"}
    for name, listed in cases.items():
        for case in listed:
            arguments = case[:3] if name == "quantity" else case[:-1]
            expected = case[3:] if name == "quantity" else case[-1]
            code = f"return window.wbFormats.{names.get(name, name)}(...arguments)"
            assert _script(design, code, *arguments) == expected, case


def test_every_button_and_field_has_a_name(design: Browser) -> None:
    nameless = []
    for element in design.all("button, input, select, textarea, a"):
        name = element.accessible_name if hasattr(element, "accessible_name") else None
        if not name and element.is_displayed():
            nameless.append(element.get_attribute("outerHTML"))
    assert [html[:120] for html in nameless if html] == []


def test_keyboard_focus_is_always_seen(design: Browser) -> None:
    button = design.driver.find_element(By.CSS_SELECTOR, ".wb-design .wb-btn")
    _script(design, "arguments[0].focus({focusVisible: true})", button)
    outline = button.value_of_css_property("outline-style")
    assert outline == "solid"
