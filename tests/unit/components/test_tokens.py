"""Colours exist once; assets are made from them, and nothing else names a colour."""

import re
from pathlib import Path

import pytest

from components import icons, tokens

ROOT = Path(__file__).parents[3]
ASSETS = ROOT / "assets"
HEX = re.compile(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b(?![0-9a-zA-Z-])|\brgba?\(")
# Raster-free marks that a style sheet cannot reach.
EXEMPT = {"tokens.css", "favicon.svg"}


def _sources() -> list[Path]:
    found = [p for p in ASSETS.iterdir() if p.suffix in {".css", ".js", ".svg"}]
    for folder in ("components", "pages"):
        found += (ROOT / folder).glob("*.py")
    return [p for p in found if p.name not in EXEMPT and p.name != "tokens.py"]


def test_the_style_sheet_is_what_the_tokens_say() -> None:
    assert (ASSETS / "tokens.css").read_text(encoding="utf-8") == tokens.stylesheet()


def test_the_icon_sheet_is_what_the_paths_say() -> None:
    assert (ASSETS / "icons.css").read_text(encoding="utf-8") == icons.stylesheet()


@pytest.mark.parametrize("path", _sources(), ids=lambda p: p.name)
def test_no_file_names_a_colour_of_its_own(path: Path) -> None:
    text = re.sub(r"url\(\"data:[^\"]*\"\)", "", path.read_text(encoding="utf-8"))
    text = text.replace("rgba(0,0,0,0)", "").replace("'rgba(' +", "")
    assert not HEX.findall(text)


@pytest.mark.parametrize("path", _sources(), ids=lambda p: p.name)
def test_every_variable_that_is_used_exists(path: Path) -> None:
    known = set(tokens.COLOURS) | set(tokens.SHADOWS)
    known |= {f"shape-{name}" for name in icons.SHAPES}
    used = set(re.findall(r"var\(--wb-([a-z0-9-]+)\)", path.read_text(encoding="utf-8")))
    assert used <= known


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", tokens.THEMES)
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("text", "surface"),
        ("text-2", "surface"),
        ("text-3", "surface"),
        ("text-3", "sunken"),
        ("accent", "surface"),
        ("accent", "accent-soft"),
        ("on-ink", "ink"),
        ("ok", "ok-soft"),
        ("late", "late-soft"),
        ("stale", "stale-soft"),
        ("fault", "fault-soft"),
        ("on-fault", "fault"),
        ("warning", "warning-soft"),
        ("solar-text", "surface"),
        ("import-text", "surface"),
        ("export-text", "surface"),
        ("charging-text", "surface"),
        ("discharging-text", "surface"),
        ("on-solar", "solar-fill"),
        ("on-charging", "charging"),
        ("on-export", "export"),
        ("on-consumption", "consumption"),
        ("on-import", "import"),
        ("on-discharging", "discharging"),
    ],
)
def test_words_stand_out_from_their_ground(theme: str, text: str, ground: str) -> None:
    assert contrast(tokens.colour(text, theme), tokens.colour(ground, theme)) >= 4.5


@pytest.mark.parametrize("theme", tokens.THEMES)
@pytest.mark.parametrize(
    "mark",
    [
        "solar",
        "import",
        "export",
        "charging",
        "discharging",
        "consumption",
        "gas",
        "heat",
        "water",
        "control-border",
    ],
)
def test_marks_stand_out_from_their_surface(theme: str, mark: str) -> None:
    assert contrast(tokens.colour(mark, theme), tokens.colour("surface", theme)) >= 3.0


def test_a_figure_is_resolved_to_the_colours_of_a_theme() -> None:
    figure = {"data": [{"line": {"color": tokens.ref("solar")}, "x": [1, 2]}], "title": "token"}
    dark = tokens.resolve(figure, "dark")
    assert dark["data"][0]["line"]["color"] == tokens.colour("solar", "dark")
    assert dark["data"][0]["x"] == [1, 2]
    assert tokens.resolve(tokens.ref("import", 0.42)) == "rgba(37, 99, 184, 0.42)"


def test_an_unknown_colour_is_refused_where_it_is_named() -> None:
    with pytest.raises(KeyError):
        tokens.ref("blue")


@pytest.mark.parametrize("theme", tokens.THEMES)
def test_a_template_holds_plain_colours_only(theme: str) -> None:
    assert "token:" not in repr(tokens.plotly_template(theme))
