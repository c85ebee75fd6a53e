"""The base of every door: scoped by default, idempotent where it creates, ETags on single resources."""

import hashlib
from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.mixins import ListModelMixin
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from apps.core.errors import InvalidInput, NotFound, PreconditionFailed
from apps.core.http.problems import CONTENT_TYPE
from apps.core.http.renderers import Rendered, to_json
from apps.core.idempotency import Answer, act_once, answer_once

Row = TypeVar("Row", bound=Model)
LONGEST_KEY = 255


class IdempotentMixin:
    """Answers a repeated POST with the stored answer of the first, or, where that is shown once, with 409."""

    is_idempotent = True
    shows_once = False  # A secret is in the answer: that it was given is kept, the answer is not.
    commits_itself = False  # What it counts must stand when it refuses: the claim is a transaction of its own.

    def run_handler(self, request: Request, handler: Any, *args: Any, **kwargs: Any) -> Response:
        """Run the handler, inside the claim of the request's Idempotency-Key when it has one."""
        key = request.headers.get("Idempotency-Key") if self._takes_key(request) else None
        if key is None:
            return cast(Response, handler(request, *args, **kwargs))
        if not key or len(key) > LONGEST_KEY:
            raise InvalidInput("Idempotency-Key", _("Give a key of 1 to 255 characters."))

        def act() -> Answer:
            response = cast(Response, handler(request, *args, **kwargs))
            body = b"" if response.data is None else to_json(response.data)
            return Answer(response.status_code, dict(response.headers), body)

        claim: dict[str, Any] = {
            "caller_id": cast(UUID, request.user.pk),
            "key": key,
            "request": f"{request.path}\n".encode() + self.fingerprint(request),
            "now": timezone.now(),
            "act": act,
        }
        if self.commits_itself:
            answer, is_repeat = act_once(**claim), False
        else:
            answer, is_repeat = answer_once(**claim, is_kept=not self.shows_once)
        headers = {**answer.headers, "Idempotent-Replayed": "true"} if is_repeat else answer.headers
        return Response(Rendered(answer.body), status=answer.status, headers=headers)

    def fingerprint(self, request: Request) -> bytes:
        """Return what tells this body from another one."""
        return to_json(request.data)

    def _takes_key(self, request: Request) -> bool:
        """Return whether a key means anything here: it belongs to a caller, for two strangers may choose the same."""
        return request.method == "POST" and self.is_idempotent and bool(request.user.is_authenticated)


class CareLoopViewSet(IdempotentMixin, GenericViewSet[Any]):
    """The base of every view set. Subclasses parse, make ONE call, and shape the answer."""

    lookup_value_converter = "uuid"
    # What of a resource nobody writes through its door: `If-Match` does not ask for it, and no 304 may hide it.
    volatile: frozenset[str] = frozenset()
    # By action: refusals that the schema cannot tell from method, path and permissions.
    more_problems: Mapping[str, tuple[str, ...]] = {}
    metadata_class = None  # OPTIONS is 405: DRF would describe the view by a serializer that many doors do not have.

    def parse(self, serializer_class: type[BaseSerializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        """Return the validated body of the request; raises ValidationError (400) with pointers."""
        serializer = serializer_class(data=self.request.data, partial=partial, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return cast(dict[str, Any], serializer.validated_data)

    def get_shown_object(self) -> Any:
        """Return this route's row as the serializer takes it."""
        return self.get_object()

    def answer(self, row: Any, *, status: int = status.HTTP_200_OK, output: Any = None) -> Response:
        """Return one resource as this view shows it, with its ETag."""
        serializer_class = output or self.get_serializer_class()
        return self.tagged(serializer_class(row, context=self.get_serializer_context()).data, status=status)

    def tagged(self, shown: Any, *, status: int = status.HTTP_200_OK) -> Response:
        """Return a representation with its ETag."""
        return Response(shown, status=status, headers={"ETag": self.tag_of(shown)})

    def tag_of(self, shown: Any) -> str:
        """Return the entity tag of a representation, without what changes by itself."""
        if self.volatile:
            shown = {name: value for name, value in shown.items() if name not in self.volatile}
        return etag_of(shown)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Do as DRF does, running the handler through `run_handler`."""
        self.args, self.kwargs = args, kwargs
        request = self.initialize_request(request, *args, **kwargs)
        self.request, self.headers = request, self.default_response_headers
        try:
            self.initial(request, *args, **kwargs)
            method = str(request.method).lower()
            known = method in self.http_method_names
            handler = getattr(self, method, self.http_method_not_allowed) if known else self.http_method_not_allowed
            response = self.run_handler(request, handler, *args, **kwargs)
        except Exception as failure:
            response = self.handle_exception(failure)
        self.response = self.finalize_response(request, response, *args, **kwargs)
        return self.response

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Keep all but what everybody may read out of caches: tokens, refusals, and what signed-in callers get."""
        response = super().finalize_response(request, response, *args, **kwargs)
        is_refusal = getattr(response, "content_type", None) == CONTENT_TYPE
        # The user last: asking again would raise again what refused the token.
        if is_refusal or request.method not in SAFE_METHODS or request.user.is_authenticated:
            response["Cache-Control"] = "no-store"
        return response


class ScopedViewSet(CareLoopViewSet):
    """A view set over personal rows: whatever it does starts from `visible_to(caller)` and can only narrow that."""

    queryset: QuerySet[Any]

    def get_queryset(self) -> QuerySet[Any]:
        """Return the rows this caller may see; somebody else's row is as absent as one that never was."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return self.narrow(self.queryset.all().visible_to(self.request.user))  # type: ignore[attr-defined]

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return what of the visible rows this route is about, with the relations it shows."""
        return queryset

    def locked_object(self, *, no_key: bool = False) -> Any:
        """Return this route's row locked for the rest of the transaction, its `If-Match` checked under the lock.

        With `no_key` rows that refer to it may be written meanwhile.
        """
        row = self.get_object()
        locked = one_or_absent(self.get_queryset().select_for_update(of=("self",), no_key=no_key), row.pk)
        self.check_precondition(locked)
        return locked

    def check_precondition(self, row: Any) -> None:
        """Raise PreconditionFailed when the caller's `If-Match` names another representation."""
        wanted = self.request.headers.get("If-Match")
        if wanted is None:
            return
        shown = self.get_serializer_class()(row, context=self.get_serializer_context()).data
        if not is_named(self.tag_of(shown), wanted):
            raise PreconditionFailed


class ListMixin(ListModelMixin):
    """GET on a collection: a keyset page."""


class RetrieveMixin:
    """GET on one resource, with its ETag; 304 when the caller already has this representation."""

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer the resource."""
        view = cast(CareLoopViewSet, self)
        response = view.tagged(self.representation())
        tag = response.headers["ETag"]
        if not view.volatile and is_named(tag, request.headers.get("If-None-Match", "")):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": tag})
        return response

    def representation(self) -> Any:
        """Return this route's resource as it is shown."""
        view = cast(CareLoopViewSet, self)
        return view.get_serializer_class()(view.get_shown_object(), context=view.get_serializer_context()).data


def one_or_absent(queryset: QuerySet[Row], pk: UUID) -> Row:
    """Return the row of that id among those given; raises NotFound, which does not tell absent from hidden."""
    row = queryset.filter(pk=pk).first()
    if row is None:
        raise NotFound
    return row


def etag_of(shown: Any) -> str:
    """Return the strong entity tag of a representation (RFC 9110, 8.8.3)."""
    return f'"{hashlib.blake2b(to_json(shown), digest_size=16).hexdigest()}"'


def is_named(tag: str, header: str) -> bool:
    """Return whether a list of entity tags names this one; a proxy that compresses marks tags as weak (`W/`)."""
    named = {each.strip().removeprefix("W/") for each in header.split(",")}
    return tag in named or named == {"*"}
