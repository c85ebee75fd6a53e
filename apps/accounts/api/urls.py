"""Addresses of accounts."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.accounts.api.views.credentials import (
    EmailVerificationViewSet,
    PasswordChangeViewSet,
    PasswordResetViewSet,
    PasswordUpdateViewSet,
    SecondFactorViewSet,
)
from apps.accounts.api.views.keys import KeyPairViewSet
from apps.accounts.api.views.signing_in import SessionViewSet, SignInViewSet, SignOutViewSet
from apps.accounts.api.views.users import MeViewSet, SuperuserViewSet, UserViewSet

profile = MeViewSet.as_view({"get": "retrieve", "put": "update", "patch": "partial_update"})

router = SimpleRouter(use_regex_path=False)
router.register("users", UserViewSet)
router.register("auth/sessions", SessionViewSet)

urlpatterns = [
    path("auth/login/", SignInViewSet.as_view({"post": "login"})),
    path("auth/refresh/", SignInViewSet.as_view({"post": "refresh"})),
    path("auth/logout/", SignOutViewSet.as_view({"post": "logout"})),
    path("auth/superuser/register/", SuperuserViewSet.as_view({"post": "create"})),
    path("auth/email/verification/request/", EmailVerificationViewSet.as_view({"post": "send"})),
    path("auth/email/verification/confirm/", EmailVerificationViewSet.as_view({"post": "confirm"})),
    path("auth/password/change/", PasswordChangeViewSet.as_view({"post": "change"})),
    path("auth/password/update/request/", PasswordUpdateViewSet.as_view({"post": "send"})),
    path("auth/password/update/verify/", PasswordUpdateViewSet.as_view({"post": "verify"})),
    path("auth/password/update/complete/", PasswordUpdateViewSet.as_view({"post": "complete"})),
    path("auth/password/forgot/reset/request/", PasswordResetViewSet.as_view({"post": "send"})),
    path("auth/password/forgot/reset/verify/", PasswordResetViewSet.as_view({"post": "verify"})),
    path("auth/password/forgot/reset/complete/", PasswordResetViewSet.as_view({"post": "complete"})),
    path("auth/mfa/totp/enroll/", SecondFactorViewSet.as_view({"post": "enroll"})),
    path("auth/mfa/totp/confirm/", SecondFactorViewSet.as_view({"post": "confirm"})),
    path("auth/mfa/totp/disable/", SecondFactorViewSet.as_view({"post": "disable"})),
    path("auth/mfa/recovery-codes/", SecondFactorViewSet.as_view({"post": "recovery_codes"})),
    path("notes/keys/", KeyPairViewSet.as_view({"get": "retrieve", "post": "create"})),
    path("notes/keys/challenge/", KeyPairViewSet.as_view({"post": "challenge"})),
    path("auth/profile/", profile, name="auth-profile"),
    path("me/profile/", profile, name="me-profile"),
    path("me/", profile),
    *router.urls,
]
