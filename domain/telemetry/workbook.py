"""Excel workbooks that leave while they are made: a zip is written forwards, its index last.

Rows become XML a page at a time, as columns of text; cell by cell it took a minute for a million.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, cast
from xml.sax.saxutils import escape, quoteattr

import polars as pl

from domain.telemetry.export import COLUMNS, safe_text, table
from domain.telemetry.export_formats import Sink
from domain.telemetry.model import Series
from domain.telemetry.sheets import Sheet

XLSX_ROWS = 1_048_575
"""What one worksheet holds beside its header; what is more goes on in the next one."""

_LEVEL = 3
"""Of compression; the usual 6 takes nearly twice the time and saves a tenth."""
_EXCEL_EPOCH_DAYS = 25_569
_DAY_MS = 86_400_000.0
_BOLD, _DATE = 1, 2
_NUMBERS, _SHARED = ("value", "min", "max"), ("room", "sensor_id", "metric", "unit", "quality")
_LETTERS = {name: chr(ord("A") + place) for place, name in enumerate(COLUMNS)}
_UNWRITABLE = re.compile("[\0-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# Worksheets are the usual XML here: how many there will be is not known when this is written.
_TYPES = (
    f'<Types xmlns="{_PACKAGE}/content-types">'
    f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
    f'relationships+xml"/><Default Extension="xml" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPE}.sharedStrings+xml"/>'
    "</Types>"
)
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)
_BEGIN_SHEET = (
    f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    '</sheetView></sheetViews><cols><col min="1" max="2" width="24" customWidth="1"/>'
    '<col min="3" max="5" width="16" customWidth="1"/></cols><sheetData>'
)
_END_SHEET = "</sheetData></worksheet>"


class XlsxWriter:
    """Sheets as they fill, then what names them; text is text there, never a formula.

    `timestamp_local` is a date of the building's zone to calculate with, `timestamp_utc` the
    moment as text. One worksheet after the other takes `XLSX_ROWS` rows.
    """

    media_type = f"{_TYPE}.sheet"

    def __init__(self, zone_name: str) -> None:
        self._zone_name = zone_name
        self._sink = Sink()
        self._book = zipfile.ZipFile(
            cast("IO[bytes]", self._sink), "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL
        )
        self._shared: dict[str, int] = {}
        self._sheets = 0
        self._sheet: IO[bytes] | None = None
        self._row = 0

    def header(self) -> bytes:
        """What stands before the first sheet, and its header."""
        self._add("[Content_Types].xml", _TYPES)
        self._add("_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")]))
        self._add("xl/styles.xml", _STYLES)
        self._next_sheet()
        return self._sink.take()

    def rows(self, series: Series, room: str, sheet: Sheet) -> bytes:
        """The rows of one page, as far as the compressor lets them go."""
        texts = {name: self._index(text) for name, text in _constants(series, room).items()}
        quality = sheet.quality
        if isinstance(quality, str):
            texts["quality"] = self._index(quality)
            marks = None
        else:
            marks = pl.Series([self._index(word) for word in quality])
        page = table(series, room, series.sensor_id, sheet, self._zone_name).with_columns(
            _serials(sheet, self._zone_name),
            *(pl.lit(index).alias(name) for name, index in texts.items()),
            *([] if marks is None else [marks.alias("quality")]),
        )
        while len(page):
            if self._row > XLSX_ROWS:
                self._next_sheet()
            part = page.head(XLSX_ROWS + 1 - self._row)
            self._write(_rows_xml(part, self._row + 1))
            self._row += len(part)
            page = page.slice(len(part))
        return self._sink.take()

    def end(self) -> Iterator[bytes]:
        """The end of the last sheet, the texts its cells refer to, and the index."""
        self._end_sheet()
        self._add("xl/sharedStrings.xml", _strings(self._shared))
        names = [_sheet_name(number) for number in range(1, self._sheets + 1)]
        self._add("xl/workbook.xml", _workbook(names))
        targets = [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(names) + 1)]
        parts = [*targets, ("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")]
        self._add("xl/_rels/workbook.xml.rels", _relations(parts))
        self._book.close()
        yield self._sink.take()

    def _next_sheet(self) -> None:
        self._end_sheet()
        self._sheets += 1
        self._sheet = self._book.open(f"xl/worksheets/sheet{self._sheets}.xml", "w")
        titles = (_shared_cell(f"{_LETTERS[t]}1", self._index(t), _BOLD) for t in COLUMNS)
        self._write(f'{_XML}{_BEGIN_SHEET}<row r="1">{"".join(titles)}</row>')
        self._row = 1

    def _end_sheet(self) -> None:
        if self._sheet is not None:
            self._write(_END_SHEET)
            self._sheet.close()
            self._sheet = None

    def _write(self, xml: str) -> None:
        if self._sheet is not None:
            self._sheet.write(xml.encode())

    def _add(self, name: str, xml: str) -> None:
        self._book.writestr(name, _XML + xml)

    def _index(self, text: str) -> int:
        return self._shared.setdefault(text, len(self._shared))


def _constants(series: Series, room: str) -> dict[str, str]:
    """What is the same in every row of a series."""
    return {
        "room": safe_text(room),
        "sensor_id": safe_text(series.sensor_id),
        "metric": series.metric,
        "unit": series.unit,
    }


def _serials(sheet: Sheet, zone_name: str) -> pl.Series:
    """Days since Excel's epoch on the building's clock."""
    moments = pl.Series("at", sheet.ts_ms).cast(pl.Datetime("ms", "UTC"))
    local = moments.dt.convert_time_zone(zone_name).dt.replace_time_zone(None)
    return (local.dt.epoch("ms") / _DAY_MS + _EXCEL_EPOCH_DAYS).alias("timestamp_local")


def _rows_xml(page: pl.DataFrame, first: int) -> str:
    """Rows from number `first` on; what has no value has no cell."""
    numbers = pl.int_range(first, first + len(page), eager=True).cast(pl.String).alias("n")
    cells = [
        *_cell("timestamp_utc", ' t="inlineStr"><is><t>', "</t></is></c>"),
        *_cell("timestamp_local", f' s="{_DATE}"><v>', "</v></c>"),
        *(part for name in _SHARED[:3] for part in _cell(name, ' t="s"><v>', "</v></c>")),
        _number_cell("value"),
        *_cell("unit", ' t="s"><v>', "</v></c>"),
        *(_number_cell(name) for name in ("min", "max") if page[name].null_count() < len(page)),
        *_cell("quality", ' t="s"><v>', "</v></c>"),
    ]
    row = pl.concat_str([pl.lit('<row r="'), pl.col("n"), pl.lit('">'), *cells, pl.lit("</row>")])
    return str(page.with_columns(numbers).select(row.str.join("")).item())


def _cell(name: str, before: str, after: str) -> list[pl.Expr]:
    start = pl.lit(f'<c r="{_LETTERS[name]}')
    content = pl.col(name).cast(pl.String)
    return [start, pl.col("n"), pl.lit(f'"{before}'), content, pl.lit(after)]


def _number_cell(name: str) -> pl.Expr:
    cell = pl.concat_str(_cell(name, "><v>", "</v></c>"))
    return pl.when(pl.col(name).is_finite()).then(cell).otherwise(pl.lit(""))


def _shared_cell(place: str, index: int, style: int) -> str:
    return f'<c r="{place}" s="{style}" t="s"><v>{index}</v></c>'


def _strings(shared: Iterable[str]) -> str:
    texts = "".join(f'<si><t xml:space="preserve">{_text(text)}</t></si>' for text in shared)
    return f'<sst xmlns="{_MAIN}">{texts}</sst>'


def _text(text: str) -> str:
    """Text as XML can hold it; Excel reads other characters from their numbers."""
    return escape(_UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text))


def _sheet_name(number: int) -> str:
    return "Data" if number == 1 else f"Data {number}"


def _workbook(names: Sequence[str]) -> str:
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>'
        for n, name in enumerate(names, 1)
    )
    return (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
        f"<bookViews><workbookView/></bookViews><sheets>{sheets}</sheets></workbook>"
    )


def _relations(parts: Sequence[tuple[str, str]]) -> str:
    told = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(parts, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{told}</Relationships>'
