"""The address of the event list and of its file."""

from urllib.parse import parse_qs

import pytest

from pages import _events_view as view


def asked(search: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(search.lstrip("?")).items()}


def test_the_usual_list_has_a_plain_address() -> None:
    assert view.address_of(view.USUAL, 0, "events") == ""
    assert view.address_of({}, 0, "events") == ""


def test_an_address_brings_back_filters_order_page_and_tab() -> None:
    chosen = {**view.USUAL, "severity": "fault", "period": "all", "sort": "longest"}
    search = view.address_of(chosen, 2, "rules")
    assert asked(search) == {
        "tab": "rules",
        "severity": "fault",
        "period": "all",
        "sort": "longest",
        "page": "3",
    }
    query = view.query_of({**view.USUAL, **asked(search)}, 10**12, view.page_of("3"))
    assert (query.severity, query.since_ms, query.sort) == ("fault", None, "longest")
    assert (query.limit, query.offset) == (50, 100)


@pytest.mark.parametrize("text", ["", "0", "-1", "x", "٣", "9" * 30, None])
def test_what_is_no_page_is_the_first(text: object) -> None:
    assert view.page_of(text) == 0


def test_the_file_is_asked_for_by_the_same_filters_and_days() -> None:
    assert asked(view.file_search({})) == {"days": "30"}
    chosen = {**view.USUAL, "period": "all", "state": "open", "sort": "oldest"}
    assert asked(view.file_search(chosen)) == {"state": "open", "sort": "oldest"}
