"""Every colour, once, as data; `python -m components.tokens` writes assets/tokens.css.

Values and their contrasts are those of the look (WCAG 2.x on the surface they stand on). Style
sheets use the variables `--wb-<name>`; figures name colours as `token:<name>` or
`token:<name>@<alpha>`, which the browser resolves for the theme in force and `resolve` resolves
here.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

THEMES = ("light", "dark", "wall")

# name: (light, dark, wall)
FRAME: dict[str, tuple[str, str, str]] = {
    "page": ("#F5F5F2", "#0D1012", "#07090A"),
    "surface": ("#FFFFFF", "#14181B", "#0F1315"),
    "sunken": ("#EEEEEA", "#1C2125", "#181D20"),
    "selected": ("#FFFFFF", "#2F363C", "#2A3136"),
    "raised": ("#FFFFFF", "#1B2024", "#14191C"),
    "border": ("#E2E2DC", "#252B30", "#1F262A"),
    "border-strong": ("#C6C6BE", "#3D464E", "#38424A"),
    "control-border": ("#878C92", "#6B757E", "#6B757E"),
    "grid": ("#E9E9E4", "#20262A", "#1A2024"),
    "text": ("#171B1F", "#EBEEF0", "#F7FAFC"),
    "text-2": ("#4C535A", "#A9B1B8", "#BAC4CC"),
    "text-3": ("#666C73", "#8A939B", "#929DA6"),
    "accent": ("#4449BF", "#A3ABFF", "#A3ABFF"),
    "accent-soft": ("#ECEDFA", "#22263F", "#22263F"),
    "ink": ("#1B2025", "#E9ECEE", "#F1F4F6"),
    "ink-hover": ("#32393F", "#FFFFFF", "#FFFFFF"),
    "on-ink": ("#FFFFFF", "#101417", "#0B0E10"),
    "scrim": ("#171B1F", "#000000", "#000000"),
}

# Lines and marks; `-text` where words carry the hue, `-fill` areas, `on-` for words on a bar.
SOURCES: dict[str, tuple[str, str, str]] = {
    "solar": ("#C88500", "#EDB73A", "#F5C044"),
    "solar-fill": ("#E8AA22", "#EDB73A", "#F5C044"),
    "solar-text": ("#855800", "#EDB73A", "#F5C044"),
    "on-solar": ("#1B1405", "#1B1405", "#1B1405"),
    "import": ("#2563B8", "#3D8BF2", "#4C97F8"),
    "import-text": ("#1F559F", "#7DB2FA", "#8BBBFB"),
    "on-import": ("#FFFFFF", "#04101F", "#04101F"),
    "export": ("#9680DA", "#CDB0F2", "#D3B8F6"),
    "export-text": ("#6A50B8", "#CDB0F2", "#D3B8F6"),
    "on-export": ("#170D2E", "#170D2E", "#170D2E"),
    "charging": ("#2BA38A", "#5FD3B8", "#66DBC0"),
    "charging-text": ("#137561", "#5FD3B8", "#66DBC0"),
    "on-charging": ("#04201A", "#04201A", "#04201A"),
    "discharging": ("#17665A", "#26918A", "#2FA39A"),
    "discharging-text": ("#17665A", "#4FB8AF", "#5CC4BA"),
    "on-discharging": ("#FFFFFF", "#021512", "#021512"),
    "consumption": ("#222D36", "#E6EEF5", "#EEF4F9"),
    "on-consumption": ("#FFFFFF", "#14181B", "#0F1315"),
    "gas": ("#A8522A", "#D9824F", "#D9824F"),
    "heat": ("#B83B79", "#E57FB3", "#E57FB3"),
    "water": ("#117A9E", "#4FC3EE", "#4FC3EE"),
}

USES: dict[str, tuple[str, str, str]] = {
    "use-climate": ("#2F3C47", "#D5DDE4", "#D5DDE4"),
    "use-lighting": ("#66747F", "#93A0AB", "#93A0AB"),
    "use-equipment": ("#9CA8B1", "#5E6B76", "#5E6B76"),
    "use-kitchen": ("#CBD3D9", "#3A454E", "#3A454E"),
    "use-other": ("#CBD3D9", "#3A454E", "#3A454E"),
    "use-bar": ("#66747F", "#93A0AB", "#9AA6B2"),
}

STATUS: dict[str, tuple[str, str, str]] = {
    "ok": ("#1B7445", "#5CCB92", "#66D69C"),
    "ok-soft": ("#E3F2E9", "#14291F", "#122A1E"),
    "late": ("#865600", "#EDBE5B", "#F2C665"),
    "late-soft": ("#FAF0D8", "#2B2412", "#2E2611"),
    "late-strong": ("#5E3D00", "#FBEFD0", "#FBEFD0"),
    "stale": ("#5C636A", "#99A2AA", "#A5AEB6"),
    "stale-soft": ("#EBEBE7", "#20262A", "#1E2428"),
    "fault": ("#BA241C", "#FF8F86", "#FF8F86"),
    "fault-soft": ("#FBE8E6", "#361B1A", "#3A1B19"),
    "on-fault": ("#FFFFFF", "#14181B", "#14181B"),
    "fault-border": ("#DD928E", "#8E524F", "#8E524F"),
    "warning": ("#A04600", "#FFAB6B", "#FFB177"),
    "warning-soft": ("#FCEBDC", "#332212", "#382411"),
}

COMFORT: dict[str, tuple[str, str, str]] = {
    "cold": ("#2F6FD0", "#3F7FE6", "#4A8CF0"),
    "cool": ("#8DB4E8", "#A8CDF6", "#B0D2F8"),
    "in-band": ("#8FAE9B", "#6F9A83", "#6F9A83"),
    "warm": ("#E39B34", "#F0B24E", "#F5BC5C"),
    "hot": ("#BF4A18", "#D9602A", "#E26A30"),
}

COLOURS: dict[str, tuple[str, str, str]] = FRAME | SOURCES | USES | STATUS | COMFORT

# Shadows are the frame's only other paint.
SHADOWS: dict[str, tuple[str, str, str]] = {
    "shadow-card": ("0 1px 2px rgb(23 27 31 / 5%)", "none", "none"),
    "shadow-raised": (
        "0 2px 6px rgb(23 27 31 / 8%), 0 18px 48px rgb(23 27 31 / 16%)",
        "0 0 0 1px #2B3238, 0 24px 60px rgb(0 0 0 / 60%)",
        "0 0 0 1px #2B3238, 0 24px 60px rgb(0 0 0 / 60%)",
    ),
    "shadow-segment": ("0 1px 2px rgb(23 27 31 / 12%)", "none", "none"),
}

SELECTORS = {
    "light": ':root,\n[data-bs-theme="light"]',
    "dark": '[data-bs-theme="dark"]',
    "wall": '[data-bs-theme="dark"][data-wall]',
}

# Bootstrap's own variables, by ours (look.md §10); `-rgb` twins follow their colour.
BOOTSTRAP: dict[str, str] = {
    "body-bg": "page",
    "body-color": "text",
    "emphasis-color": "text",
    "secondary-color": "text-2",
    "tertiary-color": "text-3",
    "secondary-bg": "sunken",
    "tertiary-bg": "raised",
    "border-color": "border",
    "border-color-translucent": "border",
    "link-color": "accent",
    "link-hover-color": "accent",
    "primary": "accent",
    "success": "ok",
    "warning": "warning",
    "danger": "fault",
    "form-invalid-color": "fault",
    "form-invalid-border-color": "fault",
    "form-valid-color": "ok",
    "form-valid-border-color": "ok",
    "focus-ring-color": "accent",
}
BOOTSTRAP_RGB = ("body-bg", "body-color", "emphasis-color", "link-color", "link-hover-color")
BOOTSTRAP_SIZES: dict[str, str] = {
    "border-radius": "7px",
    "border-radius-sm": "6px",
    "border-radius-lg": "12px",
    "font-sans-serif": '"Inter Variable", "Inter Symbols", system-ui, sans-serif',
    "body-font-family": "var(--bs-font-sans-serif)",
    "body-font-size": "0.8125rem",
    "body-line-height": "1.385",
}

TOKEN = re.compile(r"^token:([a-z0-9-]+)(?:@([0-9.]+))?$")


def colour(name: str, theme: str = "light", alpha: float | None = None) -> str:
    """The CSS colour of a token: `#RRGGBB`, or `rgba()` where an alpha (0..1) is asked for."""
    value = COLOURS[name][THEMES.index(theme)]
    if alpha is None:
        return value
    red, green, blue = (int(value[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {alpha:g})"


def ref(name: str, alpha: float | None = None) -> str:
    """How a figure names a colour so that it follows the theme; KeyError for unknown names."""
    COLOURS[name]
    return f"token:{name}" if alpha is None else f"token:{name}@{alpha:g}"


def resolve(figure: Any, theme: str = "light") -> Any:
    """A copy of a figure (or any nested data) with its token names turned into plain colours."""
    if isinstance(figure, dict):
        return {key: resolve(value, theme) for key, value in figure.items()}
    if isinstance(figure, list):
        return [resolve(value, theme) for value in figure]
    if isinstance(figure, str) and (match := TOKEN.match(figure)):
        alpha = float(match[2]) if match[2] else None
        return colour(match[1], theme, alpha)
    return figure


def plotly_layout() -> dict[str, Any]:
    """The layout every figure starts from, in token names: no frame, no vertical grid."""
    axis = {
        "showgrid": False,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "fixedrange": True,
        "tickfont": {"color": ref("text-3"), "size": 11.5},
        "automargin": False,
    }
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {
            "family": "Inter Variable, system-ui, sans-serif",
            "size": 11.5,
            "color": ref("text-3"),
        },
        "margin": {"l": 36, "r": 8, "t": 10, "b": 22, "pad": 0},
        "showlegend": False,
        "hovermode": "x",
        "hoverdistance": 40,
        "spikedistance": -1,
        "dragmode": "zoom",
        "selectionrevision": "",
        "xaxis": axis | {"fixedrange": False},
        "yaxis": axis
        | {"showgrid": True, "gridcolor": ref("grid"), "gridwidth": 1, "ticklabelstandoff": 6},
    }


def plotly_template(theme: str) -> dict[str, Any]:
    """The layout with the plain colours of one theme, for figures outside the pages."""
    resolved: dict[str, Any] = resolve(plotly_layout(), theme)
    return {"layout": resolved}


def stylesheet() -> str:
    """The whole of assets/tokens.css."""
    blocks = ["/* Made by `python -m components.tokens` from components/tokens.py. Do not edit. */"]
    for index, theme in enumerate(THEMES):
        lines = [f"  color-scheme: {'light' if theme == 'light' else 'dark'};"]
        for name, values in (COLOURS | SHADOWS).items():
            lines.append(f"  --wb-{name}: {values[index]};")
        for name, token in BOOTSTRAP.items():
            lines.append(f"  --bs-{name}: {COLOURS[token][index]};")
            if name in BOOTSTRAP_RGB:
                rgb = COLOURS[token][index]
                parts = ", ".join(str(int(rgb[i : i + 2], 16)) for i in (1, 3, 5))
                lines.append(f"  --bs-{name}-rgb: {parts};")
        if theme == "light":
            lines += [f"  --bs-{name}: {value};" for name, value in BOOTSTRAP_SIZES.items()]
        blocks.append(f"{SELECTORS[theme]} {{\n" + "\n".join(lines) + "\n}")
    return "\n\n".join(blocks) + "\n"


def main() -> None:
    """Write the style sheet beside the other assets."""
    target = Path(__file__).parent.parent / "assets" / "tokens.css"
    target.write_text(stylesheet(), encoding="utf-8")
    sys.stdout.write(f"wrote {target}\n")


if __name__ == "__main__":
    main()
