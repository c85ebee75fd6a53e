"""Signing in and out, and the calling login itself. Signing up stands in patients, which sees who is signed up."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.exceptions import TokenError

from apps.accounts import tokens
from apps.accounts.api.serializers import LoginInput, LogoutInput, RefreshInput
from apps.accounts.doors import SignedInOutput, TokensOutput, UserOutput, signed_in
from apps.accounts.permissions import IsSignedIn, caller
from apps.accounts.services import sessions
from apps.core.http.views import CareLoopViewSet


class SignInViewSet(CareLoopViewSet):
    """The doors that nobody is signed in at yet."""

    permission_classes = [AllowAny]
    authentication_classes = []
    throttle_scope = "auth"
    is_idempotent = False
    pagination_class = None

    @extend_schema(request=LoginInput, responses={200: SignedInOutput})
    def login(self, request: Request) -> Response:
        """Sign in with a username or an e-mail address.

        Answers a pair of tokens and the login. 409 `ambiguous_account` when several accounts of one
        address have this password: sign in with the username then.
        """
        session = sessions.sign_in(**self.parse(LoginInput), now=timezone.now())
        return Response(signed_in(session))

    @extend_schema(request=RefreshInput, responses={200: TokensOutput})
    def refresh(self, request: Request) -> Response:
        """Exchange the refresh token for a new pair.

        Each refresh token works once; using one a second time ends the session, because then two hold it.
        """
        try:
            session_id, refresh_id = tokens.read_refresh(self.parse(RefreshInput)["refresh"])
        except TokenError as failure:
            raise sessions.SessionOver from failure
        session = sessions.refresh_session(session_id=session_id, refresh_id=refresh_id, now=timezone.now())
        return Response(tokens.issue_pair(session))


class SessionViewSet(CareLoopViewSet):
    """What a signed-in login does with its own sessions."""

    permission_classes = [IsSignedIn]
    is_idempotent = False
    pagination_class = None

    @extend_schema(request=LogoutInput, responses={204: None})
    def logout(self, request: Request) -> Response:
        """Sign out: this session, or with `all` every session of this login."""
        if self.parse(LogoutInput)["all"]:
            sessions.end_all_sessions(actor=caller(request), now=timezone.now())
        else:
            sessions.end_session(session_id=request.auth, actor=caller(request), now=timezone.now())  # type: ignore[arg-type]
        return Response(status=204)


class MeViewSet(CareLoopViewSet):
    """The login that is calling."""

    permission_classes = [IsSignedIn]
    serializer_class = UserOutput
    pagination_class = None

    @extend_schema(responses={200: UserOutput})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Tell who is signed in."""
        return self.answer(caller(request))
