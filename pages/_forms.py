"""What forms of several pages share: refusals to words beside their fields, and toasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import set_props

from components import ids
from components.states import toast
from domain.foundation.errors import InvalidInput, WattboardError

FORM = ""
"""The key of what belongs to no single field."""
FIELD_OF_CODE = {"room_exists": "name", "sensor_exists": "sensor_id"}


def refusals(error: WattboardError, fields: Sequence[str]) -> dict[str, str]:
    """Words by field; what belongs to no field shown here stands under the form."""
    if isinstance(error, InvalidInput) and error.fields:
        words: dict[str, str] = {}
        for entry in error.fields:
            key = entry.field if entry.field in fields else FORM
            text = entry.message if key else f"{entry.field}: {entry.message}"
            words[key] = f"{words[key]} · {text}" if key in words else text
        return words
    field = FIELD_OF_CODE.get(error.code, FORM)
    return {field if field in fields else FORM: error.message}


def error_words(words: Mapping[str, str], fields: Sequence[str]) -> list[str]:
    """For a list of outputs: one per field, then the form's own."""
    return [words.get(name, "") for name in (*fields, FORM)]


def form_answer(
    words: Mapping[str, str], fields: Sequence[str], **outputs: object
) -> dict[str, object]:
    """For grouped outputs: `errors` beside the fields, `message` under the form, and the rest."""
    errors = [words.get(name, "") for name in fields]
    return {"errors": errors, "message": words.get(FORM, ""), **outputs}


def tell(title: str, words: str | None = None, tone: str = "ok") -> None:
    """A toast beside the result on the page itself."""
    set_props(ids.TOASTS, {"children": [toast(title, words, tone=tone)]})
