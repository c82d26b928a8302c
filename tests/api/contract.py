"""Every real answer is compared with what /openapi.json promises for it."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from api.docs import described
from api.openapi import openapi_path

_documents: dict[frozenset[str], dict[str, Any]] = {}
_validators: dict[tuple[int, str], Draft202012Validator] = {}


def document_of(server: Flask) -> dict[str, Any]:
    """The document of a server; servers with the same routes share one."""
    routes = frozenset(rule.rule for rule in server.url_map.iter_rules())
    if routes not in _documents:
        _documents[routes] = described(server)
    return _documents[routes]


def validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """What compares with one schema of a document; made once, because references cost time."""
    key = id(document), str(schema)
    if key not in _validators:
        _validators[key] = Draft202012Validator({**schema, "components": document["components"]})
    return _validators[key]


def broken_promises(server: Flask, method: str, rule: str, response: Any) -> list[str]:
    """What an answer does that its operation does not promise; nothing where there is none."""
    document = document_of(server)
    operation = document["paths"].get(openapi_path(rule), {}).get(method.lower())
    if operation is None:
        return []
    promised = operation["responses"].get(str(response.status_code))
    if promised is None:
        return [f"{response.status_code} is not promised"]
    if "$ref" in promised:
        promised = document["components"]["responses"][promised["$ref"].rpartition("/")[2]]
    if "content" not in promised:
        return [] if not response.data else ["a body where none is promised"]
    if response.mimetype not in promised["content"]:
        return [f"content type {response.content_type}"]
    made_while_read = len(promised["content"]) > 1 and "Content-Length" not in response.headers
    if response.mimetype != "application/json" or made_while_read:
        return []  # a file: its own tests look into it
    schema = promised["content"]["application/json"]["schema"]
    return [
        f"{error.json_path}: {error.message[:200]}"
        for error in validator(document, schema).iter_errors(response.json)
    ]


class HonestClient(FlaskClient):
    """A client that fails as soon as an answer breaks the promise of its operation."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        server: Flask = self.application
        try:
            rule, _ = server.url_map.bind("localhost").match(
                response.request.path, response.request.method, return_rule=True
            )
        except HTTPException:  # no such route, another method: no operation either
            return response
        found = broken_promises(server, response.request.method, rule.rule, response)
        assert not found, f"{response.request.method} {response.request.path}: {found}"
        return response
