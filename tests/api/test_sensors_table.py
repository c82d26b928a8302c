"""The table of sensors as the renderer asks for it."""

import pytest
from flask import Flask

from domain.house import House
from pages._sensors_page import CHIPS, TABLE
from tests.api.conftest import PASSWORD, visitor
from tests.api.test_tokens_page import posted


@pytest.mark.parametrize(
    ("changed", "kept"),
    [(f"{TABLE}.query", None), ("sensors-changed.data", None), ("sensors-text.value", 0)],
)
def test_another_filter_lets_the_table_forget_its_page(
    app: Flask, house: House, changed: str, kept: int | None
) -> None:
    house.access.prepare_users(ask=lambda: PASSWORD)
    values = {f"{TABLE}.query": {"page": 2}, f"{CHIPS}.query": None, "sensors-changed": 0}
    answer = posted(app, visitor(app, "admin"), f"{TABLE}.query", values, changed)
    assert answer.status_code == 200, answer.text
    table = answer.json["response"][TABLE]
    assert table.get("query", {}).get("page") == kept
