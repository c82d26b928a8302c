"""What is served is ours, of the right version, and asks nobody else for anything."""

import re
from pathlib import Path

import plotly.offline

from components import charts, shell

ROOT = Path(__file__).parents[3]
ASSETS = ROOT / "assets"


def _bundle() -> Path:
    named = re.search(
        r"/assets/(vendor/plotly-[^?']+)\?v=", (ASSETS / "00-plotly-url.js").read_text()
    )
    assert named
    return ASSETS / named[1]


def test_the_plotly_bundle_is_the_version_that_python_makes_figures_for() -> None:
    version = plotly.offline.get_plotlyjs_version()
    assert f"plotly.js v{version} " in _bundle().read_text(encoding="utf-8")[:200]
    assert f"?v={version}" in (ASSETS / "00-plotly-url.js").read_text()
    assert shell.PLOTLY_URL in (ASSETS / "00-plotly-url.js").read_text()


def test_dash_leaves_alone_what_the_document_or_a_chart_loads() -> None:
    ignored = re.compile(shell.ASSETS_IGNORE)
    assert ignored.search(_bundle().name)
    for name in ("bootstrap.min.css", "theme-boot.js"):
        assert ignored.search(name)
    for name in ("charts.js", "live.js", "base.css", "tokens.css", "00-plotly-url.js"):
        assert not ignored.search(name)


def test_the_document_names_only_files_that_exist_and_runs_nothing_inline() -> None:
    document = shell.index_string("Europe/Lisbon")
    for address in re.findall(r'(?:href|src)="/assets/([^"?]+)', document):
        assert (ASSETS / address).exists(), address
    assert not re.search(r"<script>(?!</script>)|\son\w+=", document)
    assert 'data-zone="Europe/Lisbon"' in document


def test_no_page_asks_another_host() -> None:
    for path in [*ASSETS.glob("*.css"), *ASSETS.glob("*.js")]:
        text = re.sub(r"url\(\"data:[^\"]*\"\)", "", path.read_text(encoding="utf-8"))
        found = re.findall(r"https?://[^\s\"')]+", text)
        assert not [url for url in found if not url.startswith("http://www.w3.org")], path.name


def test_every_vendored_file_has_its_licence() -> None:
    licences = (ASSETS / "vendor" / "LICENSES.md").read_text(encoding="utf-8")
    for path in (ASSETS / "vendor").rglob("*"):
        if path.is_file() and path.name != "LICENSES.md":
            assert path.name in licences, path.name


def test_only_charts_makes_a_graph() -> None:
    for folder in ("components", "pages"):
        for path in (ROOT / folder).glob("*.py"):
            if path.name != "charts.py":
                assert "dcc.Graph(" not in path.read_text(encoding="utf-8"), path.name


def test_no_graph_offers_to_send_data_elsewhere() -> None:
    assert charts.GRAPH_CONFIG["showSendToCloud"] is False
    assert charts.GRAPH_CONFIG["displaylogo"] is False
    assert charts.GRAPH_CONFIG["displayModeBar"] is False
