"""Makes the fonts of the PDF statement from the ones the browser loads.

python -m venv FOLDER && FOLDER/bin/pip install fonttools brotli
FOLDER/bin/python docs/statement-fonts.py

A PDF needs fonts that stand still: one weight each, figures of one width, latin and latin-ext in
one file.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from fontTools.merge import Merger
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

FONTS = Path(__file__).parents[1] / "assets" / "vendor" / "fonts"
WEIGHTS = {"regular": 430, "semibold": 620}
SIZE = 14
POSTSCRIPT_NAME = 6
FIGURES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def still(subset: str, weight: int, folder: Path) -> str:
    """One subset at one weight, with tabular figures where it has any."""
    font = TTFont(FONTS / f"inter-{subset}-opsz-normal.woff2")
    font = instantiateVariableFont(font, {"wght": weight, "opsz": SIZE})
    glyphs = set(font.getGlyphOrder())
    for table in font["cmap"].tables:
        for code, name in enumerate(FIGURES, ord("0")):
            if f"{name}.tf" in glyphs and code in table.cmap:
                table.cmap[code] = f"{name}.tf"
    for layout in ("GSUB", "GPOS", "GDEF", "STAT", "avar", "MVAR"):
        if layout in font:
            del font[layout]
    font.flavor = None
    path = folder / f"{subset}-{weight}.ttf"
    font.save(path)
    return str(path)


def main() -> None:
    """Write both weights beside the fonts they are made from."""
    for name, weight in WEIGHTS.items():
        with TemporaryDirectory() as folder:
            parts = [still(subset, weight, Path(folder)) for subset in ("latin", "latin-ext")]
            font = Merger().merge(parts)
        font["name"].setName(f"Inter-{name.title()}", POSTSCRIPT_NAME, 3, 1, 0x409)
        font.save(FONTS / f"inter-statement-{name}.ttf")


if __name__ == "__main__":
    main()
