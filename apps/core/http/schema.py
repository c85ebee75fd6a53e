"""How the code becomes OpenAPI: examples from serializers, problems on every operation, the bearer scheme."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_doc
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.permissions import AllowAny

from apps.core.http.problems import CONTENT_TYPE


class FieldProblem(serializers.Serializer[Any]):
    """One value that cannot be used."""

    pointer = serializers.CharField(help_text="JSON pointer of the value; `?name` for a query parameter.")
    detail = serializers.CharField(help_text="What to do about it.")
    code = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """What every refusal looks like (RFC 9457)."""

    example = {
        "type": "urn:careloop:problem:not-found",
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing here that you may see.",
        "code": "not_found",
        "trace_id": "0f3b5c9e8d7a4c61b2e4f6a8c0d2e4f6",
    }

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="For people: what happened and what to do.")
    code = serializers.CharField(help_text="For programs: which rule refused.")
    trace_id = serializers.CharField(help_text="Quote this to support.")
    errors = FieldProblem(many=True, required=False)  # type: ignore[assignment] # DRF's own `errors`


@dataclass(frozen=True, slots=True)
class SharedProblem:
    """A refusal that many operations share: its component's name, an example code, and what it means."""

    name: str
    code: str
    meaning: str


PROBLEMS = {
    "400": SharedProblem("Malformed", "invalid", "Something that was sent cannot be used; `errors` says what."),
    "401": SharedProblem("NotSignedIn", "not_signed_in", "Not signed in, or the session has ended."),
    "403": SharedProblem("NotAllowed", "not_allowed", "This role may never do this."),
    "404": SharedProblem("Absent", "not_found", "Absent, or not yours."),
    "409": SharedProblem("Refused", "slot_taken", "A rule refuses this now; `code` says which."),
    "412": SharedProblem("Stale", "stale", "Changed since you read it (`If-Match`)."),
    "415": SharedProblem("WrongMediaType", "unsupported_media_type", "Send `application/json`."),
    "422": SharedProblem("KeyReused", "idempotency_key_reused", "The Idempotency-Key was used for another request."),
    "429": SharedProblem("TooMany", "throttled", "Too many requests; wait as long as `Retry-After` says."),
}

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Any unique text up to 255 characters: a repeat within 24 h gets the first answer again.",
)
KEY_OF_SECRET = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Any unique text up to 255 characters: a repeat within 24 h gets 409 `already_done`.",
)
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The ETag you read: 412 when the resource changed since."
)


def binary(
    media_type: str = "application/octet-stream", words: str = "The bytes."
) -> dict[tuple[int, str], OpenApiResponse]:
    """Return how an answer of bytes is drawn."""
    example = OpenApiExample("Example", value="(binary)", media_type=media_type)
    return {(200, media_type): OpenApiResponse(OpenApiTypes.BINARY, description=words, examples=[example])}


BRACKETS = re.compile(r" \([^)]*\)")
LONGEST_SUMMARY = 80  # Characters that Swagger UI shows beside an address on a laptop.


def in_one_line(sentence: str) -> str:
    """Return the sentence without brackets, up to the last semicolon, colon or comma before it gets too long."""
    if len(sentence) > LONGEST_SUMMARY:
        sentence = BRACKETS.sub("", sentence)
    if len(sentence) <= LONGEST_SUMMARY:
        return sentence
    for pause in ("; ", ": ", ", "):
        begun = sentence[: LONGEST_SUMMARY + 1].rpartition(pause)[0]
        if begun:
            return begun
    return sentence


class CareLoopAutoSchema(AutoSchema):
    """Draws one operation. A serializer's `example` is the example of every request and answer it shapes."""

    def get_tags(self) -> list[str]:
        """Return the first word of the path; `users` and the like keep their own."""
        tokens = self._tokenize_path()
        return ["system"] if not tokens or tokens[0] in {"health", "schema"} else [tokens[0]]

    def get_description(self) -> str:  # type: ignore[override] # as drf-spectacular has it
        """Return the handler's docstring; the view's where the handler is inherited and speaks of views in general."""
        is_own = (getattr(self.view, "action", None) or self.method.lower()) in vars(type(self.view))
        return str(super().get_description()) if is_own else get_doc(type(self.view))

    def get_summary(self) -> str | None:
        """Return the first sentence of the operation's description, or as much of it as one line holds."""
        sentence = self.get_description().strip().split("\n")[0]
        return in_one_line(sentence.split(". ")[0].rstrip(".")) or None

    def get_paginated_name(self, serializer_name: str) -> str:
        """Return the name of a page's component: pages that hold more than rows are not the plain ones."""
        view: Any = self.view
        kind = view.pagination_class.__name__.removesuffix("Pagination").removeprefix("Keyset")
        return f"Paginated{kind}{serializer_name}List"

    def get_override_parameters(self) -> list[Any]:
        """Return the headers that the conventions give to this method."""
        given = list(super().get_override_parameters())
        if self.method == "POST" and getattr(self.view, "is_idempotent", False):
            is_told = any(getattr(self.view, name, False) for name in ("shows_once", "commits_itself"))
            given.append(KEY_OF_SECRET if is_told else IDEMPOTENCY_KEY)
        if self.method in {"PUT", "PATCH", "DELETE"}:
            given.append(IF_MATCH)
        return given

    def _get_examples(
        self, serializer: Any, direction: str, media_type: str, status_code: str | None = None, extras: Any = None
    ) -> Any:
        example = getattr(getattr(serializer, "child", serializer), "example", None)
        named = [OpenApiExample("Example", value=example, media_type=media_type)] if example else []
        return super()._get_examples(  # type: ignore[no-untyped-call]
            serializer, direction, media_type, status_code, [*(extras or []), *named]
        )

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        self.resolve_serializer(Problem, "response")
        shared = {code: {"$ref": f"#/components/responses/{PROBLEMS[code].name}"} for code in self._problem_codes()}
        return {**shared, **bodies}

    def _problem_codes(self) -> Iterator[str]:
        is_open = all(isinstance(permission, AllowAny) for permission in self.view.get_permissions())
        has_input = self.method in {"POST", "PUT", "PATCH"}
        yield from ("400", "401")  # A token that does not hold is refused at every door, open ones too.
        yield from getattr(self.view, "more_problems", {}).get(getattr(self.view, "action", None), ())
        if not is_open:
            yield "403"
        if self.path.split("/")[3] != "health":
            yield "404"  # Lists too: a parameter may name a row.
        if has_input or self.method == "DELETE":
            yield "409"
        if has_input or self.method == "DELETE" or getattr(self.view, "throttle_scope", None):
            yield "429"
        if has_input:
            yield "415"
        if self.method == "POST" and getattr(self.view, "is_idempotent", False):
            yield "422"
        if self.method in {"PUT", "PATCH", "DELETE"}:
            yield "412"


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The access token of `auth/login/`."""

    target_class = "apps.hospitals.authentication.SessionTokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Return the security scheme."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


def share_problems(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Write each shared refusal once under `components.responses`, with an example of its own."""
    result["components"]["responses"] = {
        problem.name: _problem_component(int(status), problem) for status, problem in PROBLEMS.items()
    }
    return result


def _problem_component(status: int, problem: SharedProblem) -> dict[str, Any]:
    example: dict[str, Any] = {
        **Problem.example,
        "type": f"urn:careloop:problem:{problem.code.replace('_', '-')}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": problem.meaning,
        "code": problem.code,
    }
    if problem.name == "Malformed":
        example["errors"] = [{"pointer": "/starts_at", "detail": "Give the offset too.", "code": "no_offset"}]
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": problem.meaning,
        "content": {CONTENT_TYPE: {"schema": schema, "examples": {"Example": {"value": example}}}},
    }


def drop_nullable(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Rewrite what is left of OpenAPI 3.0's `nullable` as 3.1's type list, everywhere in the schema."""
    _rewrite(result)
    return result


def _rewrite(node: Any) -> None:
    if isinstance(node, dict):
        if node.pop("nullable", False) and isinstance(node.get("type"), str):
            node["type"] = [node["type"], "null"]
        for value in node.values():
            _rewrite(value)
    elif isinstance(node, list):
        for value in node:
            _rewrite(value)
