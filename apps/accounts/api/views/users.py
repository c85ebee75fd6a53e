"""One's own login, and everybody's for administrators."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.filters import UserFilter
from apps.accounts.api.outputs import AccountOutput
from apps.accounts.api.serializers import ProfileInput, SuperuserInput
from apps.accounts.doors import UserOutput
from apps.accounts.models import User
from apps.accounts.permissions import IsAdmin, IsSignedInAtAll, caller, owed_by
from apps.accounts.services import users
from apps.core.http.views import CareLoopViewSet, ListMixin, RetrieveMixin, ScopedViewSet


class MeViewSet(RetrieveMixin, ScopedViewSet):
    """The login that is calling."""

    permission_classes = [IsSignedInAtAll]
    queryset = User.objects.all()
    serializer_class = UserOutput
    pagination_class = None

    def narrow(self, queryset: Any) -> Any:
        """Bring the second factor along."""
        return queryset.select_related("totp_device")

    def get_object(self) -> User:
        """Return the caller's own login."""
        return caller(self.request)

    @extend_schema(responses={200: UserOutput})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Tell who is signed in."""
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(request=ProfileInput, responses={200: UserOutput})
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace your name and phone. Role, e-mail, activity and rights are not yours to change here."""
        return self._update(self.parse(ProfileInput))

    @extend_schema(request=ProfileInput, responses={200: UserOutput})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change your name or phone. Role, e-mail, activity and rights are not yours to change here."""
        return self._update(self.parse(ProfileInput, partial=True))

    def _update(self, fields: dict[str, str]) -> Response:
        with transaction.atomic():
            return self.answer(users.update_profile(actor=self.locked_object(), **fields))


class UserViewSet(ListMixin, RetrieveMixin, ScopedViewSet):
    """Every login, for administrators."""

    permission_classes = [IsAdmin]
    queryset = User.objects.all()
    serializer_class = AccountOutput
    filterset_class = UserFilter

    def narrow(self, queryset: Any) -> Any:
        """Bring the second factor along."""
        return queryset.select_related("totp_device")

    @extend_schema(request=None, responses={200: AccountOutput})
    @action(detail=True, methods=["post"])
    def suspend(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Suspend a login: it stops on its next request. 409 `not_yourself`."""
        return self.answer(users.suspend_user(actor=caller(request), user=self.get_object(), now=timezone.now()))

    @extend_schema(request=None, responses={200: AccountOutput})
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Let a suspended login work again. Sessions that were ended stay ended."""
        return self.answer(users.activate_user(actor=caller(request), user=self.get_object(), now=timezone.now()))


class SuperuserViewSet(CareLoopViewSet):
    """Making administrators."""

    permission_classes = [AllowAny]
    more_problems = {"create": ("403",)}  # Who may, the service knows.
    throttle_scope = "auth"
    is_idempotent = False
    pagination_class = None

    @extend_schema(
        request=SuperuserInput,
        responses={201: UserOutput},
        parameters=[
            OpenApiParameter(
                "X-Bootstrap-Token", str, OpenApiParameter.HEADER, description="For the first administrator only."
            )
        ],
    )
    def create(self, request: Request) -> Response:
        """Make an administrator: as one, or once with the bootstrap token while there is none. 403 otherwise."""
        actor = caller(request) if request.user.is_authenticated else None
        if actor and (owed := owed_by(actor)):
            raise owed
        made = users.register_superuser(
            actor=actor,
            bootstrap_token=request.headers.get("X-Bootstrap-Token", ""),
            **self.parse(SuperuserInput),
            now=timezone.now(),
        )
        return self.answer(made, status=201, output=UserOutput)
