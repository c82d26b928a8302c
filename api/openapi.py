"""`/openapi.json`: OpenAPI 3.1 from the models that validate and the routes that answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Flask
from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from api import limits
from api.health import VERSION
from api.resource import Operation, operations
from api.schema import Error

_REF = "#/components/schemas/{model}"
_JSON = "application/json"
_PLACE = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")
Document = dict[str, Any]

_ERRORS: Mapping[int, tuple[str, str]] = {
    400: ("Malformed", "The body cannot be read at all."),
    401: ("NotSignedIn", "No or bad credentials."),
    403: ("NotAllowed", "Known, but not allowed; wins over 404."),
    404: ("Unknown", "There is no such thing."),
    409: ("Conflict", "Somebody else holds it, or it exists; `holder` names it."),
    413: ("TooLarge", "Over a stated limit of size."),
    422: ("NotAcceptable", "Readable, but not acceptable: one entry per field, with its limit."),
    429: ("TooMany", "Too many calls; again after `Retry-After` seconds."),
    503: ("Unavailable", "A part of Wattboard is down; `module` names it."),
}
_ALWAYS, _WITH_BODY = (400, 422, 429, 503), (413,)
_INTRODUCTION = """\
The REST API of a building's energy desk. JSON in, JSON out, UTF-8; a missing value is `null`.
Sign in with `Authorization: Bearer <token>` (`POST /api/v1/tokens/generate`) or with a browser's
session. Times are accepted as epoch seconds, epoch milliseconds, ISO 8601 with offset, or
`YYYY-MM-DD HH:MM:SS` in the building's zone, and returned as ISO 8601 in UTC; `timestamp` of a
reading and the first element of `points` are epoch seconds. Periods are half-open.
Consumption and generation are ≥ 0; of a battery + is charging, of the grid + is import.
"""


def document(server: Flask, tags: Mapping[str, str]) -> Document:
    """Describe every operation that is registered on the server."""
    found = operations(server)
    schemas = _Schemas(found)
    paths: dict[str, dict[str, Any]] = {}
    for rule, method, operation in sorted(found, key=lambda item: (item[0], item[1])):
        paths.setdefault(openapi_path(rule), {})[method.lower()] = _described(
            rule, method, operation, schemas
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Wattboard",
            "version": VERSION,
            "description": _INTRODUCTION + "\n" + _limits_words(),
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": words} for name, words in tags.items()],
        "security": [{"bearer": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": _error_responses(schemas),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "session": {"type": "apiKey", "in": "cookie", "name": "wb_session"},
                "basic": {"type": "http", "scheme": "basic"},
            },
        },
    }


def openapi_path(rule: str) -> str:
    """Write a Flask rule as OpenAPI writes it."""
    return _PLACE.sub(r"{\1}", rule)


class _Schemas:
    """The JSON schema of every shape, each named once."""

    def __init__(self, found: list[tuple[str, str, Operation]]) -> None:
        wanted: dict[tuple[int, str], Any] = {}
        for _, _, operation in found:
            files = (shape for shape in operation.files.values() if not isinstance(shape, str))
            own = (operation.answer, operation.body, operation.query)
            shapes = (*own, *operation.path.values(), *files)
            for shape in shapes:
                if shape is not None:
                    wanted[id(shape), "validation"] = shape
        wanted[id(Error), "validation"] = Error
        mode: JsonSchemaMode = "validation"
        inputs = [(key, mode, TypeAdapter(shape)) for key, shape in wanted.items()]
        made, rest = TypeAdapter.json_schemas(inputs, ref_template=_REF)
        self._made: dict[int, Any] = {key[0][0]: schema for key, schema in made.items()}
        self.components: Document = {
            name: _without_titles(schema) for name, schema in rest.get("$defs", {}).items()
        }

    def of(self, shape: object) -> Document:
        """The schema of one shape, a reference where it has a name."""
        found: Document = _without_titles(self._made[id(shape)])
        return found

    def parameters(self, query: object) -> list[Document]:
        """The parameters of a query model."""
        schema = self.of(query)
        if "$ref" in schema:
            schema = self.components.pop(schema["$ref"].rpartition("/")[2], None) or schema
            self._made[id(query)] = schema
        required = schema.get("required", [])
        return [
            _parameter(name, "query", one, required=name in required)
            for name, one in schema.get("properties", {}).items()
        ]


def _described(rule: str, method: str, operation: Operation, schemas: _Schemas) -> Document:
    described: Document = {
        "tags": [operation.tag],
        "operationId": _operation_id(rule, method),
        "summary": operation.summary,
        "x-permission": operation.permission,
        "responses": _responses(operation, schemas),
    }
    if operation.description:
        described["description"] = operation.description
    parameters = [
        _parameter(name, "path", schemas.of(shape), required=True)
        for name, shape in operation.path.items()
    ]
    if operation.query is not None:
        parameters += schemas.parameters(operation.query)
    if operation.repeatable:
        parameters.append(_KEY)
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        content: Document = {"schema": schemas.of(operation.body)}
        if operation.example is not None:
            content["example"] = operation.example
        required = operation.body_required
        described["requestBody"] = {"required": required, "content": {_JSON: content}}
    if operation.anonymous:
        described["security"] = [{}, {"bearer": []}, {"session": []}, {"basic": []}]
    return described


_KEY: Document = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same call gives the first answer again; else 409.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": limits.IDEMPOTENCY_KEY_CHARACTERS,
        "pattern": "^[\\x20-\\x7e]+$",
    },
}


def _parameter(name: str, place: str, schema: Document, *, required: bool) -> Document:
    schema = dict(schema)
    parameter: Document = {"name": name, "in": place, "required": required}
    if words := schema.pop("description", None):
        parameter["description"] = words
    # What is left out of an address is left out; null is a word there.
    branches = [branch for branch in schema.get("anyOf", []) if branch != {"type": "null"}]
    if len(branches) == 1:
        schema = {**{k: v for k, v in schema.items() if k != "anyOf"}, **branches[0]}
    elif branches:
        schema["anyOf"] = branches
    if schema.get("default", 0) is None:
        del schema["default"]
    parameter["schema"] = schema
    return parameter


def _responses(operation: Operation, schemas: _Schemas) -> Document:
    success: Document = {"description": operation.summary}
    if operation.answer is not None:
        success["content"] = {_JSON: {"schema": schemas.of(operation.answer)}}
    if operation.files:
        success["content"] = {
            media: {"schema": _file_schema(media, holds, schemas)}
            for media, holds in operation.files.items()
        }
    if operation.headers:
        success["headers"] = {
            name: {"description": words, "schema": {"type": "string"}}
            for name, words in operation.headers.items()
        }
    statuses = {*operation.errors, *_ALWAYS, 401}
    if operation.permission != "public":
        statuses.add(403)
    if operation.body is not None:
        statuses.update(_WITH_BODY)
        statuses.add(403)
    if operation.repeatable:
        statuses.add(409)
    named = {
        str(status): {"$ref": f"#/components/responses/{_ERRORS[status][0]}"}
        for status in sorted(statuses)
    }
    also = {str(status): success for status in operation.also}
    return {str(operation.status): success, **named, **also}


def _file_schema(media: str, holds: object, schemas: _Schemas) -> Document:
    """A shape where it is JSON; else text or bytes, in words."""
    if not isinstance(holds, str):
        return schemas.of(holds)
    text = media.startswith("text/")
    return {"type": "string", "description": holds, **({} if text else {"format": "binary"})}


def _error_responses(schemas: _Schemas) -> Document:
    responses: Document = {}
    for status, (name, words) in _ERRORS.items():
        response: Document = {
            "description": words,
            "content": {_JSON: {"schema": schemas.of(Error)}},
        }
        if status == 401:
            response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
        if status == 429:
            response["headers"] = {"Retry-After": {"schema": {"type": "integer", "minimum": 1}}}
        responses[name] = response
    return responses


def _operation_id(rule: str, method: str) -> str:
    path = openapi_path(rule).removeprefix("/api/v1").lower()
    words = re.sub(r"[^a-z0-9]+", "_", path).strip("_")
    return f"{method.lower()}_{words}"


def _without_titles(schema: Any) -> Any:
    """Drop the titles that pydantic makes of field names; they say nothing new."""
    if isinstance(schema, list):
        return [_without_titles(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _without_titles(value)
        for name, value in schema.items()
        if not (name == "title" and isinstance(value, str))
    }


def _limits_words() -> str:
    rows = [f"| {limit.what} | {limit.value} | {limit.status} |" for limit in limits.TABLE]
    return "\n".join(["| Limit | Value | One beyond |", "|---|---|---|", *rows])
