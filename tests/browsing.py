"""What a person does in the browser, in words."""

import json
from contextlib import suppress
from pathlib import Path

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from tests.waiting import wait_until

HARMLESS = ("favicon",)


class Browser:
    """One visitor."""

    def __init__(self, driver: WebDriver, address: str) -> None:
        self.driver, self.address = driver, address

    def forget(self) -> None:
        """Drop cookies and stored preferences, leave every page."""
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get_log("performance")

    def open(self, path: str) -> None:
        """Go to a page of the application."""
        self.driver.get(self.address + path)

    def sign_in(self, name: str, path: str = "/") -> None:
        """Sign in by the form as one of the demo users and go to `path`."""
        self.open("/login")
        self.find("input[name=username]").send_keys(name)
        self.find("input[name=password]").send_keys(f"{name}-demo", Keys.ENTER)
        wait_until(lambda: "/login" not in self.driver.current_url)
        self.open(path)

    def find(self, css: str, timeout_s: float = 15) -> WebElement:
        """Wait for the first element that matches."""
        return wait_until(lambda: self.all(css), timeout_s)[0]

    def all(self, css: str) -> list[WebElement]:
        """List the elements that match now."""
        found: list[WebElement] = self.driver.find_elements(By.CSS_SELECTOR, css)
        return found

    def click(self, css: str, text: str | None = None) -> None:
        """Click the first match (with that text) with the mouse, once it can be clicked."""

        def clicked() -> bool:
            match = None
            try:
                if text is None:
                    match = self.find(css)
                else:
                    match = next((found for found in self.all(css) if found.text == text), None)
                if match is None:
                    return False
                match.click()
            except WebDriverException:  # drawn anew, or under the bar that stays on top
                place = (
                    "{block: 'center', behavior: 'instant'}"  # a smooth one starts anew each time
                )
                with suppress(WebDriverException):
                    self.driver.execute_script(f"arguments[0]?.scrollIntoView({place})", match)
                return False
            return True

        wait_until(clicked, 30)  # a page whose charts still come moves under the mouse

    def text(self, css: str) -> str:
        """Read the visible text of the first match."""
        return str(self.find(css).text)

    def wait_text(self, css: str, part: str, timeout_s: float = 15) -> None:
        """Wait until the first match contains `part`."""

        def shows() -> bool:
            try:
                return part in self.find(css).text
            except WebDriverException:
                return False

        wait_until(shows, timeout_s)

    def resize(self, width: int, height: int, *, phone: bool = False) -> None:
        """Set the size of the page itself, also narrower than a window may be."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone},
        )

    def screenshot(self, path: Path) -> None:
        """Save what is seen."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(path))

    def errors(self) -> list[str]:
        """List what the console complained about since it was last asked."""
        return [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["level"] == "SEVERE" and not any(word in entry["message"] for word in HARMLESS)
        ]

    def requests(self) -> list[str]:
        """List the URLs requested since this was last asked."""
        messages = (json.loads(e["message"])["message"] for e in self.driver.get_log("performance"))
        return [
            m["params"]["request"]["url"]
            for m in messages
            if m["method"] == "Network.requestWillBeSent"
        ]
