import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response
from jsonschema import Draft202012Validator

from api.coming import SUBJECTS
from api.docs import TAGS
from api.openapi import openapi_path
from domain.access.policy import is_permission
from tests.api.conftest import a_web, visitor
from tests.api.contract import broken_promises, document_of, validator
from tests.api.test_tokens import bearer, generate

BESIDE_THE_API = {"/health", "/stats", "/services/status", "/metrics"}


@pytest.fixture
def document(web: Flask) -> dict[str, Any]:
    return document_of(web)


def each_operation(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def each_schema(schema: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema inside a schema, with where it stands."""
    if not isinstance(schema, dict):
        return
    yield place, schema
    for name, one in schema.get("properties", {}).items():
        yield from each_schema(one, f"{place}.{name}")
    for key in ("anyOf", "oneOf", "prefixItems"):
        for at, one in enumerate(schema.get(key, [])):
            yield from each_schema(one, f"{place}.{key}{at}")
    for key in ("items", "additionalProperties"):
        yield from each_schema(schema.get(key), f"{place}.{key}")


def test_every_route_of_the_api_is_documented_and_every_documented_one_exists(
    web: Flask, document: dict[str, Any]
) -> None:
    routes = {
        (openapi_path(rule.rule), method.lower())
        for rule in web.url_map.iter_rules()
        if (rule.rule.startswith("/api/") or rule.rule in BESIDE_THE_API)
        and not rule.endpoint.startswith("coming.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(path, method) for path, method, _ in each_operation(document)} == routes


def test_it_is_openapi_3_1_and_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for reference in re.findall(r"'\$ref': '#/([^']+)'", str(document)):
        found: Any = document
        for part in reference.split("/"):
            found = found[part]


def answer_schemas(document: dict[str, Any]) -> dict[str, Any]:
    """The shapes that answers are made of, by name."""
    named: dict[str, Any] = document["components"]["schemas"]
    waiting = [
        response["content"]["application/json"]["schema"]
        for _, _, operation in each_operation(document)
        for response in [
            *operation["responses"].values(),
            *document["components"]["responses"].values(),
        ]
        if "application/json" in response.get("content", {})
    ]
    found: dict[str, Any] = {}
    while waiting:
        for name in re.findall(r"'#/components/schemas/([^']+)'", str(waiting.pop())):
            if name not in found:
                found[name] = named[name]
                waiting.append(named[name])
    return found


def test_no_answer_is_empty_or_open(document: dict[str, Any]) -> None:
    shapes = answer_schemas(document)
    assert len(shapes) > 10
    for name, shape in shapes.items():
        for place, schema in each_schema(shape, name):
            said = {"type", "anyOf", "$ref", "enum", "const"} & set(schema)
            assert said, f"{place} may be anything"
            if schema.get("type") == "object":
                closed = schema.get("additionalProperties", True)
                keys = schema.get("properties") or schema.get("propertyNames")
                assert keys, f"{place} has no fields"
                assert closed is False or "propertyNames" in schema, f"{place} is open"
            if schema.get("type") == "array":
                assert "items" in schema or "prefixItems" in schema, f"{place} holds anything"


def test_every_success_but_204_says_what_it_holds(document: dict[str, Any]) -> None:
    for path, method, operation in each_operation(document):
        for status, response in operation["responses"].items():
            if status.startswith("2") and status != "204":
                assert "content" in response, f"{method} {path}"


def test_every_parameter_states_its_limits(document: dict[str, Any]) -> None:
    limits = {"enum", "maximum", "maxLength", "pattern", "maxItems", "format"}
    for path, method, operation in each_operation(document):
        for parameter in operation.get("parameters", []):
            schema = parameter["schema"]
            branches = schema.get("anyOf", [schema])
            for branch in branches:
                assert limits & set(branch), f"{method} {path} {parameter['name']}"


def test_every_operation_names_errors_permission_summary_and_tag(document: dict[str, Any]) -> None:
    seen = set()
    for path, method, operation in each_operation(document):
        where = f"{method} {path}"
        assert {"400", "401", "422", "429", "503"} <= set(operation["responses"]), where
        assert operation["x-permission"] == "public" or "403" in operation["responses"], where
        assert is_permission(operation["x-permission"]), where
        assert operation["summary"], where
        assert operation["tags"][0] in TAGS, where
        if "requestBody" in operation:
            assert "413" in operation["responses"], where
        seen.add(operation["operationId"])
    assert len(seen) == len(list(each_operation(document)))


def test_every_example_is_acceptable_by_its_own_schema(document: dict[str, Any]) -> None:
    for path, method, operation in each_operation(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        if "example" in content:
            errors = list(validator(document, content["schema"]).iter_errors(content["example"]))
            assert not errors, f"{method} {path}: {errors}"


def test_the_examples_are_those_of_the_documents(document: dict[str, Any]) -> None:
    def example(path: str) -> Any:
        return document["paths"][path]["post"]["requestBody"]["content"]["application/json"][
            "example"
        ]

    assert example("/api/v1/rooms") == {"name": "Conference Room A", "floor": "2nd", "capacity": 20}
    assert example("/api/v1/sensors")["sensor_id"] == "TEMP_001"
    assert example("/api/v1/tokens/generate")["list_of_resources"] == [
        "sensors",
        "rooms",
        "analytics",
    ]


def test_an_answer_that_breaks_its_promise_is_noticed(web: Flask) -> None:
    body = {"rooms": [{"id": "one"}], "next_cursor": None, "more": 1}
    broken = Response(json.dumps(body), content_type="application/json")
    found = broken_promises(web, "GET", "/api/v1/rooms", broken)
    assert any("more" in problem for problem in found)
    assert any("rooms[0]" in problem for problem in found)
    broken.status_code = 418
    assert broken_promises(web, "GET", "/api/v1/rooms", broken) == ["418 is not promised"]


@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
def test_the_documentation_needs_a_login_and_none_in_the_demo(
    compose: Any, web: Flask, path: str
) -> None:
    assert web.test_client().get(path).status_code in {302, 401}
    assert visitor(web, "viewer").get(path).status_code == 200
    token = bearer(generate(visitor(web, "viewer"), "rooms"))
    assert web.test_client().get(path, headers=token).status_code == 200
    assert a_web(compose(demo=True)).test_client().get(path).status_code == 200


def test_the_page_loads_nothing_from_elsewhere_and_shows_every_operation(web: Flask) -> None:
    page = visitor(web, "viewer").get("/docs")
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page.text)
    assert not re.findall(r"<script(?![^>]* src=)", page.text)
    for _, _, operation in each_operation(document_of(web)):
        assert f'id="{operation["operationId"]}"' in page.text


def test_subjects_to_come_are_in_no_documentation(document: dict[str, Any]) -> None:
    built = {path.split("/")[3] for path in document["paths"] if path.startswith("/api/")}
    assert "batteries" in {name for name, _, _ in SUBJECTS} - built
