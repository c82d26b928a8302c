"""The overview in Chromium, ours beside the same page served by Dash as it comes.

    python -m bench.page [--rounds 5]

Reference: an own process over the same database, same pages, same style sheets, same gunicorn
settings; but Dash's own plotly.js, no compression, default caching headers. Each round loads ours
cold, ours warm, the reference cold, the reference warm. Bytes are what Chromium received from the
network (headers included, sockets not), time is from navigation to the day's chart being drawn.
Exits 1 when the medians miss a target.
"""

import argparse
import json
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome

from bench.screenshots import chromium
from tests.browsing import Browser
from tests.running import ROOT, Running, running
from tests.servers import answers, free_port
from tests.waiting import wait_until

COLD_BYTES_AT_MOST = 0.2
CHARTS_AT_MOST = 0.6
WARM_BYTES_AT_MOST = 50_000

# Runs in each document before its own scripts; drawn is when every graph shows a curve.
WATCH = """
(() => {
  const drawn = () => {
    const graphs = [...document.querySelectorAll('.dash-graph')];
    return graphs.length > 0 && graphs.every(g => g.querySelector('.main-svg .scatterlayer path'));
  };
  const look = () => {
    if (drawn()) window.benchDrawnMs = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""


@dataclass(frozen=True)
class Load:
    """One page load: bytes received and ms from navigation to the charts."""

    received: int
    drawn_ms: float
    requests: int


def load(driver: Chrome, address: str) -> Load:
    """Open the overview and wait until its charts are drawn and the network is quiet."""
    driver.get("about:blank")
    driver.get_log("performance")
    driver.get(address + "/")
    wait_until(lambda: driver.execute_script("return window.benchDrawnMs"), 60)
    drawn_ms = float(driver.execute_script("return window.benchDrawnMs"))
    events: list[dict[str, Any]] = []

    def quiet() -> bool:
        news = [json.loads(e["message"])["message"] for e in driver.get_log("performance")]
        events.extend(news)
        return not any(e["method"].startswith("Network.") for e in news if not _socket(e))

    wait_until(quiet, 30)
    finished = [e["params"] for e in events if e["method"] == "Network.loadingFinished"]
    return Load(
        round(sum(p["encodedDataLength"] for p in finished)),
        drawn_ms,
        len(finished),
    )


def _has_curve(driver: Chrome, address: str) -> bool:
    """Whether the overview has something to draw yet: its history is still being settled."""
    driver.get(address + "/")
    try:
        wait_until(lambda: driver.execute_script("return window.benchDrawnMs"), 10)
    except AssertionError:
        return False
    return True


def _socket(event: dict[str, Any]) -> bool:
    return str(event["method"]).startswith("Network.webSocket")


@contextmanager
def reference(demo: Running) -> Iterator[str]:
    """Serve the same page as Dash comes, over the demo's database, from an own process."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.page_reference", str(port), str(demo.data_dir)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: answers(port), 60)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def measure(rounds: int) -> dict[str, list[Load]]:
    """All samples, alternating, each round from an empty browser cache."""
    samples: dict[str, list[Load]] = {
        f"{who} {how}": [] for who in ("ours", "reference") for how in ("cold", "warm")
    }
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), WATTBOARD_DEMO_DAYS="8") as demo,
        chromium() as driver,
    ):
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
        visitor = Browser(driver, demo.address)
        visitor.resize(1440, 900)
        visitor.sign_in("manager")
        wait_until(lambda: "history sent" in demo.output, 300)
        wait_until(lambda: _has_curve(driver, demo.address), 120, 1.0)
        with reference(demo) as plain:
            addresses = {"ours": demo.address, "reference": plain}
            for address in addresses.values():
                load(driver, address)  # both servers have imported and cached what they will
            for number in range(rounds):
                for who, address in addresses.items():
                    _round(driver, f"round {number + 1}", who, address, samples)
    return samples


def _round(
    driver: Chrome, title: str, who: str, address: str, samples: dict[str, list[Load]]
) -> None:
    """A load with an empty browser cache and one with a full one."""
    driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    for how in ("cold", "warm"):
        sample = load(driver, address)
        samples[f"{who} {how}"].append(sample)
        print(
            f"{title}  {f'{who} {how}':<15} {sample.received:>10,} bytes"
            f"  {sample.requests:>3} requests  charts after {sample.drawn_ms:>6.0f} ms"
        )
        sys.stdout.flush()


def judge(samples: dict[str, list[Load]]) -> bool:
    """Print each target with its figure; whether all are met."""

    def median(key: str, field: str) -> float:
        return float(statistics.median(getattr(sample, field) for sample in samples[key]))

    cold = median("ours cold", "received") / median("reference cold", "received")
    drawn = median("ours cold", "drawn_ms") / median("reference cold", "drawn_ms")
    warm = median("ours warm", "received")
    checks = (
        (cold <= COLD_BYTES_AT_MOST, f"cold bytes {cold:.3f}× of Dash as it comes, ≤ 0.2×"),
        (drawn <= CHARTS_AT_MOST, f"charts drawn in {drawn:.2f}× of its time, ≤ 0.6×"),
        (warm <= WARM_BYTES_AT_MOST, f"warm bytes {warm / 1000:.1f} kB, ≤ 50 kB"),
    )
    for met, words in checks:
        print(f"{'PASS' if met else 'FAIL'}  {words}")
    return all(met for met, _ in checks)


def main() -> int:
    """Measure and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    return 0 if judge(measure(parser.parse_args().rounds)) else 1


if __name__ == "__main__":
    sys.exit(main())
