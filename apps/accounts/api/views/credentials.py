"""E-mail verification, passwords and the second factor."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.outputs import CodeSentOutput, EnrolledOutput, RecoveryCodesOutput, TicketOutput
from apps.accounts.api.serializers import (
    ChangePasswordInput,
    CodeInput,
    ForgottenCodeInput,
    ForgottenInput,
    NewPasswordInput,
    PasswordInput,
    SecondFactorInput,
)
from apps.accounts.doors import SignedInOutput, UserOutput, signed_in
from apps.accounts.permissions import IsSignedInAtAll, caller
from apps.accounts.services import email_verification, passwords, second_factor
from apps.accounts.services.codes import LIFETIME
from apps.accounts.services.sessions import open_session
from apps.core.http.views import CareLoopViewSet

SENT = {"expires_in_seconds": int(LIFETIME.total_seconds())}


class AuthViewSet(CareLoopViewSet):
    """What all doors under auth/ share: politeness limits, and no stored answers."""

    throttle_scope = "auth"
    is_idempotent = False
    pagination_class = None


class EmailVerificationViewSet(AuthViewSet):
    """Confirming one's e-mail address."""

    permission_classes = [IsSignedInAtAll]

    @extend_schema(request=None, responses={202: CodeSentOutput})
    def send(self, request: Request) -> Response:
        """Send a code to your e-mail address. 409 `already_verified`."""
        email_verification.request_verification(actor=caller(request), now=timezone.now())
        return Response(SENT, status=202)

    @extend_schema(request=CodeInput, responses={200: UserOutput})
    def confirm(self, request: Request) -> Response:
        """Confirm your e-mail address with the code. 400 `wrong_code`."""
        code = self.parse(CodeInput)["otp_code"]
        user = email_verification.confirm_verification(actor=caller(request), code=code, now=timezone.now())
        return self.answer(user, output=UserOutput)


class PasswordChangeViewSet(AuthViewSet):
    """Changing the password with the old one."""

    permission_classes = [IsSignedInAtAll]

    @extend_schema(request=ChangePasswordInput, responses={200: SignedInOutput})
    def change(self, request: Request) -> Response:
        """Change your password. Every session ends, this one too; the answer opens a new one."""
        actor, now = caller(request), timezone.now()
        passwords.change_password(actor=actor, **self.parse(ChangePasswordInput), now=now)
        return Response(signed_in(open_session(user=actor, now=now)))


class PasswordUpdateViewSet(AuthViewSet):
    """Changing the password with a code sent by e-mail."""

    permission_classes = [IsSignedInAtAll]

    @extend_schema(request=None, responses={202: CodeSentOutput})
    def send(self, request: Request) -> Response:
        """Send a code for a new password to your confirmed address. 409 `email_not_verified`."""
        passwords.request_update(actor=caller(request), now=timezone.now())
        return Response(SENT, status=202)

    @extend_schema(request=CodeInput, responses={200: TicketOutput})
    def verify(self, request: Request) -> Response:
        """Exchange the code for a ticket that sets the new password. 400 `wrong_code`."""
        code = self.parse(CodeInput)["otp_code"]
        return Response(_ticket(passwords.verify_update(actor=caller(request), code=code, now=timezone.now())))

    @extend_schema(request=NewPasswordInput, responses={204: None})
    def complete(self, request: Request) -> Response:
        """Set the new password. Every session ends: sign in again."""
        given = self.parse(NewPasswordInput)
        passwords.complete_update(
            actor=caller(request), ticket=given["token"], new_password=given["new_password"], now=timezone.now()
        )
        return Response(status=204)


class PasswordResetViewSet(AuthViewSet):
    """Resetting a forgotten password."""

    permission_classes = [AllowAny]
    authentication_classes = []

    @extend_schema(request=ForgottenInput, responses={202: CodeSentOutput})
    def send(self, request: Request) -> Response:
        """Send a code to the address, one for each login that uses it. The answer is the same for every address."""
        passwords.request_reset(email=self.parse(ForgottenInput)["email"], now=timezone.now())
        return Response(SENT, status=202)

    @extend_schema(request=ForgottenCodeInput, responses={200: TicketOutput})
    def verify(self, request: Request) -> Response:
        """Exchange the code for a ticket that sets the new password. 400 `wrong_code`."""
        given = self.parse(ForgottenCodeInput)
        ticket = passwords.verify_reset(
            email=given["email"], username=given["username"], code=given["otp_code"], now=timezone.now()
        )
        return Response(_ticket(ticket))

    @extend_schema(request=NewPasswordInput, responses={204: None})
    def complete(self, request: Request) -> Response:
        """Set the new password. Every session ends: sign in."""
        given = self.parse(NewPasswordInput)
        passwords.complete_reset(ticket=given["token"], new_password=given["new_password"], now=timezone.now())
        return Response(status=204)


class SecondFactorViewSet(AuthViewSet):
    """The second factor of one's own login."""

    permission_classes = [IsSignedInAtAll]

    @extend_schema(request=PasswordInput, responses={201: EnrolledOutput})
    def enroll(self, request: Request) -> Response:
        """Make a new second factor. Scan the picture, then confirm with a code; it is shown only now."""
        given = self.parse(PasswordInput)
        return Response(second_factor.enroll(actor=caller(request), **given, now=timezone.now()), status=201)

    @extend_schema(request=SecondFactorInput, responses={200: RecoveryCodesOutput})
    def confirm(self, request: Request) -> Response:
        """Take the second factor into use with its first code. The recovery codes are shown only now."""
        otp = self.parse(SecondFactorInput)["otp"]
        fresh = second_factor.confirm(actor=caller(request), code=otp, now=timezone.now())
        return Response({"recovery_codes": fresh})

    @extend_schema(request=SecondFactorInput, responses={204: None})
    def disable(self, request: Request) -> Response:
        """Remove the second factor, proving it (or a recovery code) once more."""
        second_factor.disable(actor=caller(request), code=self.parse(SecondFactorInput)["otp"], now=timezone.now())
        return Response(status=204)

    @extend_schema(request=SecondFactorInput, responses={201: RecoveryCodesOutput})
    def recovery_codes(self, request: Request) -> Response:
        """Make fresh recovery codes, proving the second factor; the old ones stop working."""
        fresh = second_factor.replace_recovery_codes(
            actor=caller(request), code=self.parse(SecondFactorInput)["otp"], now=timezone.now()
        )
        return Response({"recovery_codes": fresh}, status=201)


def _ticket(token: str) -> dict[str, object]:
    return {"token": token, "expires_in_seconds": int(passwords.TICKET_LIFETIME.total_seconds())}
