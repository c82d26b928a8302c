"""The pattern of a resource: a module says path, permission, shapes and errors, once.

    rooms = Resource(house, "rooms", "/api/v1/rooms", "Rooms and how they are now.")

    @rooms.post("", "rooms.create", status=201, errors=(409,), repeatable=True, example={…})
    def create(body: NewRoom) -> RoomNow:
        '''Add a room.'''
        return shown(house.building.create_room(current_actor(), body.given()))

The signature is the contract: `body` a `Request` (with `| None` it may be left out), `query` a
`Query`, the rest what stands in the path, the return type what /openapi.json promises. The gate
asks the permission before any of it is read, so 403 wins over 404 and 422; what the use case raises
becomes an answer in api/errors.py.
What is no JSON returns a `File`, and `files` says what each of its media types holds.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import UnionType
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

from flask import Blueprint, Flask, Response, request

from api.idempotency import Once, count_acting
from api.json import answer, body
from api.marks import requires
from api.schema import Query, Request, validated
from domain.access.policy import PUBLIC
from domain.foundation.errors import FieldError, InvalidInput

if TYPE_CHECKING:
    from domain.house import House

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R", bound=Request)
Q = TypeVar("Q", bound=Query)


@dataclass(frozen=True, slots=True)
class File:
    """An answer in its own media type; pieces are made while they are sent."""

    pieces: Iterable[bytes] | bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """What /openapi.json tells about one method of one path."""

    tag: str
    permission: str
    summary: str
    description: str
    status: int
    also: tuple[int, ...]
    """Other statuses with the same answer."""
    answer: object | None
    body: object | None
    body_required: bool
    query: type[Query] | None
    path: Mapping[str, object]
    errors: tuple[int, ...]
    repeatable: bool
    example: object | None
    anonymous: bool
    """Whether credentials may be missing; then the use case decides."""
    files: Mapping[str, object]
    """What each media type of a `File` holds: a shape of JSON, or words."""
    headers: Mapping[str, str]
    """What a success says beside its body."""


class Resource:
    """One resource of the API: its routes, and what they promise."""

    def __init__(self, house: House, name: str, prefix: str, description: str) -> None:
        self.blueprint = Blueprint(name, __name__, url_prefix=prefix)
        self.description = description
        self._house = house
        self._name = name
        self._once = Once(house)

    def get(self, path: str, permission: str, **said: Any) -> Callable[[F], F]:
        """Answer GET; the words are those of `route`."""
        return self.route(path, permission, ("GET",), **said)

    def post(self, path: str, permission: str, **said: Any) -> Callable[[F], F]:
        """Answer POST; the words are those of `route`."""
        return self.route(path, permission, ("POST",), **said)

    def delete(self, path: str, permission: str, **said: Any) -> Callable[[F], F]:
        """Answer DELETE with 204; the words are those of `route`."""
        return self.route(path, permission, ("DELETE",), status=204, **said)

    def route(
        self,
        path: str,
        permission: str,
        methods: tuple[str, ...],
        *,
        status: int = 200,
        also: Mapping[str, int] | None = None,
        errors: tuple[int, ...] = (),
        repeatable: bool = False,
        acting: bool = False,
        example: object | None = None,
        sent: object | None = None,
        first: Callable[[], object] | None = None,
        files: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Callable[[F], F]:
        """Register a view.

        Args:
            path: Under the resource's prefix, in Flask's words.
            permission: What the gate asks for.
            methods: The HTTP methods it answers.
            status: Of a success.
            also: Other statuses of the same answer, by the value of its `status`.
            errors: Statuses beside those that every operation may answer.
            repeatable: Whether it accepts an `Idempotency-Key`.
            acting: Whether it acts on the building, on money or on others: repeatable, and
                counted more strictly.
            example: A body as the documents send it.
            sent: The shape of a body that the view reads itself.
            first: Called before the body is read, to find out who asks where the gate did not.
            files: By media type, for a view that returns a `File`: a shape of JSON, or words.
            headers: What a success says beside its body, by name.
        """

        def register(view: F) -> F:
            operation = _operation(
                view,
                self._name,
                permission,
                status,
                errors,
                repeatable or acting,
                example,
                sent,
                also or {},
                files or {},
                headers or {},
            )

            statuses = also or {}

            @requires(permission)
            def serve(**place: object) -> Response:
                if first is not None:
                    first()
                if acting:
                    count_acting()
                if operation.repeatable:
                    return self._once.run(lambda: self._served(view, operation, place, statuses))
                return self._served(view, operation, place, statuses)

            serve.__wattboard_operation__ = operation  # type: ignore[attr-defined]
            endpoint = f"{view.__name__}_{len(self.blueprint.deferred_functions)}"
            self.blueprint.add_url_rule(path, endpoint, serve, methods=list(methods))
            return view

        return register

    def _served(
        self,
        view: Callable[..., Any],
        operation: Operation,
        place: Mapping[str, object],
        statuses: Mapping[str, int],
    ) -> Response:
        given: dict[str, object] = dict(place)
        if operation.query is not None:
            given["query"] = read_query(operation.query, self._house)
        if isinstance(operation.body, type) and issubclass(operation.body, Request):
            left_out = not operation.body_required and body() is None
            given["body"] = None if left_out else read_body(operation.body, self._house)
        found = view(**given)
        if found is None:
            return Response(status=204)
        if isinstance(found, File):
            return Response(found.pieces, content_type=found.media_type, headers=found.headers)
        status = statuses.get(found["status"], operation.status) if statuses else operation.status
        return answer(found, status)


def read_body(model: type[R], house: House) -> R:
    """Read the JSON object of the request. Raises Malformed, InvalidInput."""
    given = body()
    if not isinstance(given, dict):
        raise InvalidInput("Send a JSON object.")
    return validated(model, given, _context(house), "This cannot be accepted")


def read_query(model: type[Q], house: House) -> Q:
    """Read what stands behind the question mark; a list may repeat its name or use commas.

    Raises:
        InvalidInput: per parameter, also for one that is given twice.
    """
    given: dict[str, object] = {}
    for name, values in request.args.lists():
        field = model.model_fields.get(name)
        if field is not None and _is_list(field.annotation):
            given[name] = [part for value in values for part in value.split(",")]
        elif len(values) > 1:
            raise InvalidInput(f"“{name}” is given twice.", [FieldError(name, "only once")])
        else:
            given[name] = values[0]
    return validated(model, given, _context(house), "This question cannot be answered")


def _is_list(annotation: object) -> bool:
    """Whether a parameter takes several values, however it is wrapped."""
    return get_origin(annotation) is list or any(_is_list(part) for part in get_args(annotation))


def _context(house: House) -> dict[str, object]:
    return {"zone": house.zone, "now_ms": house.clock.now_ms()}


def _operation(
    view: Callable[..., Any],
    tag: str,
    permission: str,
    status: int,
    errors: tuple[int, ...],
    repeatable: bool,
    example: object | None,
    sent: object | None,
    also: Mapping[str, int],
    files: Mapping[str, object],
    headers: Mapping[str, str],
) -> Operation:
    hints = get_type_hints(view, include_extras=True)
    returned = hints.pop("return", None)
    query, received = hints.pop("query", None), hints.pop("body", sent)
    models = [part for part in get_args(received) if part is not type(None)]
    may_be_left_out = isinstance(received, UnionType) and len(models) == 1
    summary, _, description = inspect.cleandoc(view.__doc__ or "").partition("\n")
    if not summary:
        raise ValueError(f"{tag}.{view.__name__} has no docstring, which /docs shows")
    if (returned is File) != bool(files):
        raise ValueError(f"{tag}.{view.__name__} does not say what its files hold")
    return Operation(
        tag=tag,
        permission=permission,
        summary=summary.rstrip("."),
        description=description.strip(),
        status=status,
        also=tuple(also.values()),
        answer=None if returned in (type(None), File) else returned,
        body=models[0] if may_be_left_out else received,
        body_required=not may_be_left_out,
        query=query,
        path=hints,
        errors=errors,
        repeatable=repeatable,
        example=example,
        anonymous=permission == PUBLIC,
        files={media.partition(";")[0]: holds for media, holds in files.items()},
        headers=headers,
    )


def operations(server: Flask) -> list[tuple[str, str, Operation]]:
    """List path, method and promise of everything registered, in Flask's words."""
    found = []
    for rule in server.url_map.iter_rules():
        view = server.view_functions.get(rule.endpoint)
        operation = getattr(view, "__wattboard_operation__", None)
        if operation is not None:
            methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
            found += [(rule.rule, method, operation) for method in methods]
    return found
