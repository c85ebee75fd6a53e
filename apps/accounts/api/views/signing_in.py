"""Signing in and out, and sessions. Signing up stands in patients, which sees who is signed up."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.exceptions import TokenError

from apps.accounts import tokens
from apps.accounts.api.outputs import SessionOutput
from apps.accounts.api.serializers import LoginInput, LogoutInput, RefreshInput
from apps.accounts.choices import EndReason
from apps.accounts.doors import SignedInOutput, TokensOutput, signed_in
from apps.accounts.models import Session
from apps.accounts.permissions import IsSignedInAtAll, caller
from apps.accounts.services import sessions
from apps.core.http.views import CareLoopViewSet, ListMixin, ScopedViewSet


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

        Answers a pair of tokens and the login. 401 `otp_required` when the login has a second factor: repeat with
        `otp`. 409 `ambiguous_account` when several accounts of one address have this password: sign in with the
        username then. 429 `too_many_attempts` after failures, for a right password too.
        """
        session = sessions.sign_in(**self.parse(LoginInput), now=timezone.now())
        return Response(signed_in(session))


class RefreshViewSet(CareLoopViewSet):
    """Keeping a session alive: a whole hospital may come from one address, four times an hour each."""

    permission_classes = [AllowAny]
    authentication_classes = []
    throttle_scope = "refresh"
    is_idempotent = False
    pagination_class = None

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


class SignOutViewSet(CareLoopViewSet):
    """Signing out."""

    permission_classes = [IsSignedInAtAll]
    is_idempotent = False
    pagination_class = None

    @extend_schema(request=LogoutInput, responses={204: None})
    def logout(self, request: Request) -> Response:
        """Sign out: this session, or with `all` every session of this login."""
        actor, now = caller(request), timezone.now()
        if self.parse(LogoutInput)["all"]:
            sessions.end_all_sessions(actor=actor, user=actor, reason=EndReason.SIGNED_OUT, now=now)
        else:
            sessions.end_session(session_id=request.auth, actor=actor, now=now)  # type: ignore[arg-type]
        return Response(status=204)


class SessionViewSet(ListMixin, ScopedViewSet):
    """The caller's own sessions, one for each device signed in."""

    permission_classes = [IsSignedInAtAll]
    queryset = Session.objects.all()
    serializer_class = SessionOutput

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """End one of your sessions: its tokens stop on the next request."""
        sessions.end_session(session_id=self.get_object().pk, actor=caller(request), now=timezone.now())
        return Response(status=204)
