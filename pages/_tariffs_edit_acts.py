"""The callbacks of the form of a tariff, of pages/tariffs.py."""

from __future__ import annotations

from datetime import date
from typing import Any, TypedDict

from dash import ALL, Input, Output, State, callback, ctx, no_update

from components import formats, ids
from components.buttons import dialog_content
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.foundation.errors import InvalidInput, WattboardError
from domain.house import house
from domain.money.tariff import Direction, Terms
from domain.money.tariff_rules import terms_errors
from pages import _tariffs_form as form
from pages import _tariffs_page as parts
from pages._forms import tell
from pages._tariffs_draft import (
    BAND_FIELDS,
    CHARGE_FIELDS,
    MAIN_FIELDS,
    RULE_FIELDS,
    Draft,
    direction_of,
    draft_from,
    with_row,
)
from pages._tariffs_list import PATH
from pages._tariffs_terms import Problem, problem_of, terms_of
from pages._tariffs_words import day_words, differences, effect_words, sentence
from pages._values import Act, Clicks, FormValue, FormValues, Key, Text, key_of

READ, WRITE = "analytics.view", parts.WRITE
SHOWN_DIFFERENCES = 12
Column = list[FormValue]
Days = list[list[str]]


class BandColumns(TypedDict):
    """What stands in the rows of bands."""

    name: Column
    price: Column
    grid: Column


class RuleColumns(TypedDict):
    """What stands in the rows of rules."""

    band: Column
    days: Days
    start: Column
    end: Column
    season: Column
    first_day: Column
    first_month: Column
    last_day: Column
    last_month: Column


class ChargeColumns(TypedDict):
    """What stands in the rows of charges."""

    kind: Column
    label: Column
    amount: Column
    vat: Column
    when: Column
    days: Days
    start: Column
    end: Column


class WeekQuery(TypedDict, total=False):
    """The week to draw, by a day of it."""

    week: str | None


class Edited(TypedDict):
    """What the form was opened on."""

    direction: str
    tariff_id: Key
    version: Key
    instead_of: Key


def _fields(of: type[Input] | type[State]) -> dict[str, Any]:
    """All of the form, as inputs or as states."""
    return {
        "main": {name: of(form.main_id(name), "value") for name in MAIN_FIELDS},
        "bands": {name: of(form.row_id("band", name, ALL), "value") for name in BAND_FIELDS},
        "rules": {name: of(form.row_id("rule", name, ALL), "value") for name in RULE_FIELDS},
        "charges": {name: of(form.row_id("charge", name, ALL), "value") for name in CHARGE_FIELDS},
    }


_HEAD = {
    "name": State(form.main_id("name"), "value"),
    "valid_from": State(form.main_id("valid_from"), "value"),
    "use": State(form.main_id("use"), "value"),
}


@callback(
    output={
        "bands": Output(form.BANDS, "children"),
        "rules": Output(form.RULES, "children"),
        "charges": Output(form.CHARGES, "children"),
        "otherwise": Output(form.main_id("otherwise"), "value"),
    },
    inputs={"event": Input(form.FORM, "event")},
    state={**_fields(State), "edited": State(parts.EDITED, "data")},
    prevent_initial_call=True,
)
@needs(READ)
def change_rows(
    event: Act | None,
    main: FormValues,
    bands: BandColumns,
    rules: RuleColumns,
    charges: ChargeColumns,
    edited: Edited,
) -> dict[str, Any]:
    """A row more, a row less, or two rules swapped; only what changed is drawn anew."""
    said: dict[str, Any] = dict.fromkeys(("bands", "rules", "charges", "otherwise"), no_update)
    at = key_of(event)
    if event is None or at is None:
        return said
    draft = draft_from(main, bands, rules, charges)
    after = with_row(draft, event["name"], at)
    unit = formats.currency_unit(house().settings.currency)
    if after.bands != draft.bands:
        said["bands"] = form.band_rows(after.bands, unit)
    if after.bands != draft.bands or after.rules != draft.rules:
        said["rules"] = form.rule_rows(after.rules, after.bands)
    if after.otherwise != draft.otherwise:
        said["otherwise"] = after.otherwise
    if after.charges != draft.charges:
        direction = direction_of(edited["direction"])
        said["charges"] = form.charge_rows(after.charges, unit, direction)
    return said


@callback(
    output={
        "week": Output(parts.WEEK, "children"),
        "sentence": Output(parts.READ_BACK, "children"),
        "hidden": [Output(form.part_id(pricing), "hidden") for pricing, _ in form.PRICINGS],
        "offered": Output(form.row_id("rule", "band", ALL), "options"),
        "otherwise": Output(form.main_id("otherwise"), "options"),
    },
    inputs={**_fields(Input), "query": Input(parts.WEEK, "query")},
    state={"edited": State(parts.EDITED, "data")},
)
@needs(READ)
def draw(
    main: FormValues,
    bands: BandColumns,
    rules: RuleColumns,
    charges: ChargeColumns,
    query: WeekQuery | None,
    edited: Edited,
) -> dict[str, Any]:
    """The week and the sentence of what is typed, before anybody saves it."""
    draft = draft_from(main, bands, rules, charges)
    direction = direction_of(edited["direction"])
    terms, problems = _checked(draft, direction)
    options = [{"value": key, "label": words} for key, words in form.band_options(draft.bands)]
    why = problems[0].message + "." if problems else ""
    week = (query or {}).get("week")
    return {
        "week": parts.week_children(house(), terms, direction, week, why),
        "sentence": sentence(terms, direction, parts.saying(house())) if terms else "",
        "hidden": [pricing != draft.pricing for pricing, _ in form.PRICINGS],
        "offered": [options] * len(ctx.outputs_grouping["offered"]),
        "otherwise": options,
    }


@callback(
    output={
        "problems": [Output(form.problems_id(name), "children") for name in form.SECTIONS],
        "body": Output(ids.dialog_body(parts.SAVE), "children"),
        "is_open": Output(ids.dialog(parts.SAVE), "is_open"),
    },
    inputs={"clicks": Input("tariff-save-open", "n_clicks")},
    state={**_fields(State), **_HEAD, "edited": State(parts.EDITED, "data")},
    prevent_initial_call=True,
)
@needs(WRITE)
def ask_to_save(
    clicks: Clicks,
    main: FormValues,
    bands: BandColumns,
    rules: RuleColumns,
    charges: ChargeColumns,
    name: Text,
    valid_from: Text,
    use: bool | None,
    edited: Edited,
) -> dict[str, Any]:
    """From when, what becomes what, and how many days count anew; or what is wrong."""
    if not clicks:
        return _asked([], no_update, no_update)
    draft = draft_from(main, bands, rules, charges)
    terms, problems = _checked(draft, direction_of(edited["direction"]))
    first = _day(valid_from)
    if first is None:
        problems = [*problems, Problem("valid_from", "Choose the day these prices hold from")]
    if not edited["tariff_id"] and not (name or "").strip():
        problems = [*problems, Problem("name", "Give it a name")]
    if problems or terms is None or first is None:
        return _asked(problems, no_update, False)
    body = _confirmation(edited, name or "", first, terms, bool(use))
    return _asked([], body, True)


@callback(
    Output(form.problems_id("save"), "children"),
    Output(parts.GO, "href"),
    inputs={"clicks": Input(ids.dialog_confirm(parts.SAVE), "n_clicks")},
    state={**_fields(State), **_HEAD, "edited": State(parts.EDITED, "data")},
    prevent_initial_call=True,
)
@needs(WRITE)
def save(
    clicks: Clicks,
    main: FormValues,
    bands: BandColumns,
    rules: RuleColumns,
    charges: ChargeColumns,
    name: Text,
    valid_from: Text,
    use: bool | None,
    edited: Edited,
) -> Any:
    """Keep it and go back to the list."""
    if not clicks:
        return no_update, no_update
    draft = draft_from(main, bands, rules, charges)
    terms, problems = terms_of(draft)
    first = _day(valid_from)
    if terms is None or first is None:
        return problems[0].message if problems else "Choose a day", no_update
    try:
        saved = _save(edited, name or "", first, terms, bool(use))
    except InvalidInput as error:
        said = [problem_of(field, draft).message for field in error.fields]
        return " · ".join(said) or error.message, no_update
    except WattboardError as error:
        return error.message, no_update
    tell("Saved", saved)
    return "", PATH


def _save(edited: Edited, name: str, first: date, terms: Terms, use: bool) -> str:
    tariffs, actor = house().money.tariffs, current_actor()
    if not edited["tariff_id"]:
        direction = direction_of(edited["direction"])
        used = first if use else None
        return tariffs.create(actor, name, direction, first, terms, used).name
    return tariffs.new_version(
        actor,
        edited["tariff_id"],
        first,
        terms,
        edited["version"],
        edited["instead_of"] or None,
    ).name


def _checked(draft: Draft, direction: Direction) -> tuple[Terms | None, list[Problem]]:
    """The terms if they could be saved, and what is wrong with them otherwise."""
    terms, problems = terms_of(draft)
    if terms is None:
        return None, problems
    errors = terms_errors(direction, terms, house().money.tariffs.price_feeds())
    problems = [problem_of(error, draft) for error in errors]
    return (None if problems else terms), problems


def _asked(problems: list[Problem], body: Any, is_open: Any) -> dict[str, Any]:
    said = [
        " · ".join(p.message for p in problems if p.section == section) for section in form.SECTIONS
    ]
    return {"problems": said, "body": body, "is_open": is_open}


def _confirmation(edited: Edited, name: str, first: date, terms: Terms, use: bool) -> list[Any]:
    say = parts.saying(house())
    tariffs = house().money.tariffs
    before: Terms | None = None
    if edited["tariff_id"]:
        tariff = tariffs.get(edited["tariff_id"])
        name = tariff.name
        known = tariffs.versions(tariff.tariff_id)
        held = [v for v in known if v.valid_from <= first] or known[:1]
        replaced = [v for v in known if v.version_id == edited["instead_of"]]
        before = (replaced or held)[-1].terms if known else None
        effect = tariffs.effect_of_version(
            tariff.tariff_id, first, terms, edited["instead_of"] or None
        )
    else:
        direction = direction_of(edited["direction"])
        effect = tariffs.effect_of_new(direction, first, terms) if use else None
    begins = "" if effect else f"From {day_words(first)} on. "
    told: list[tuple[Any, Any]] = [
        (label, _becomes(old, new))
        for label, old, new in differences(before, terms, say)[:SHOWN_DIFFERENCES]
    ]
    return [
        *dialog_content(
            f"Save {name}",
            target=begins + effect_words(effect),
            effects=told or [("Prices", "as they were")],
        ),
        form.problems("save"),
    ]


def _becomes(old: str | None, new: str | None) -> str:
    if old is None:
        return str(new)
    return f"{old} → {new or 'gone'}"


def _day(text: Text) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
