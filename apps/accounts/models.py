"""Logins, their consents and sessions, and key pairs."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import CodePurpose, Custody, EndReason, Role
from apps.accounts.querysets import KeyPairQuerySet, OneTimeCodeQuerySet, SessionQuerySet, UserManager
from apps.core.models import BaseModel

SEARCHED = ("username", "email", "first_name", "last_name")


class User(BaseModel, AbstractBaseUser, PermissionsMixin):
    """A login. What a person may do with it also depends on rows of higher floors (hospital, doctor)."""

    username = models.CharField(_("username"), max_length=150, unique=True)
    email = models.EmailField(_("e-mail"), blank=True)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.PATIENT)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    is_self_registered = models.BooleanField(_("registered by the person"), default=False)
    token_version = models.PositiveIntegerField(default=0, help_text=_("Raised to end every session at once."))
    email_verified_at = models.DateTimeField(_("e-mail confirmed"), null=True, blank=True)
    must_change_password = models.BooleanField(
        _("must change the password"), default=False, help_text=_("After a generated password, until it is replaced.")
    )
    suspended_at = models.DateTimeField(_("suspended"), null=True, blank=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    # Set by the authentication, which knows doctors: this login is an applicant's, and not approved.
    awaits_approval = False

    objects = UserManager()

    standing: dict[str, Any] | None = None  # See accounts.standing; None: not read with a request's session.

    class Meta:
        ordering = ["-id"]
        verbose_name = _("login")
        verbose_name_plural = _("logins")
        constraints = [
            # Hospital-made logins may share an address; people who signed up themselves may not.
            models.UniqueConstraint(
                fields=["email"],
                name="one_self_registered_login_per_email",
                condition=models.Q(is_self_registered=True),
            ),
            models.CheckConstraint(name="username_is_lower_case", condition=models.Q(username=Lower("username"))),
            models.CheckConstraint(name="email_is_lower_case", condition=models.Q(email=Lower("email"))),
        ]
        indexes = [
            models.Index(fields=["email"], name="login_by_email"),
            models.Index(fields=["role", "-id"], name="logins_of_role"),
            # What administrators search in: `icontains` asks for upper(column).
            GinIndex(*(OpClass(Upper(column), "gin_trgm_ops") for column in SEARCHED), name="login_search"),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def is_email_verified(self) -> bool:
        """Return whether the person has shown that they read what is sent to the address."""
        return self.email_verified_at is not None

    @property
    def has_second_factor(self) -> bool:
        """Return whether a confirmed second factor guards this login; the authentication brings the device along."""
        device: TotpDevice | None = getattr(self, "totp_device", None)
        return device is not None and device.confirmed_at is not None

    @property
    def name(self) -> str:
        """Return the name to greet this person by; the username when no name is known."""
        return full_name(self.first_name, self.last_name) or self.username


def full_name(first_name: str, last_name: str) -> str:
    """Return first and last name as one, empty when neither is known."""
    return f"{first_name} {last_name}".strip()


class Consent(BaseModel):
    """That a person agreed to the terms: which version, and when."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="consents")
    version = models.CharField(max_length=20)
    given_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.version} {self.given_at:%Y-%m-%d}"


class Session(BaseModel):
    """One sign-in on one device: the family of refresh tokens that descend from it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    refresh_id = models.UUIDField(help_text=_("The id (jti) of the one refresh token that is good now."))
    token_version = models.PositiveIntegerField()
    last_used_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=20, choices=EndReason.choices, blank=True)
    address = models.GenericIPAddressField(null=True)
    network = models.CharField(max_length=49, blank=True, default="", help_text=_("The network of the address."))
    agent = models.CharField(max_length=200, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.agent or 'unknown device'} {self.created_at:%Y-%m-%d %H:%M}"


class OneTimeCode(BaseModel):
    """A code that was sent to somebody. The digits stand nowhere: they are computed from the row's id and a pepper."""

    purpose = models.CharField(max_length=20, choices=CodePurpose.choices)
    subject_id = models.UUIDField(help_text=_("The login, or on a higher floor the patient, that it is about."))
    requester = models.CharField(max_length=254, help_text=_("Who asked for it, and who alone can use it."))
    expires_at = models.DateTimeField()
    guesses = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)

    objects = OneTimeCodeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["subject_id", "purpose"], name="code_by_subject"),
            models.Index(fields=["requester", "expires_at"], name="codes_sent_together"),
            models.Index(fields=["expires_at"], name="code_expiry"),
        ]
        constraints = [
            models.CheckConstraint(name="at_most_five_guesses", condition=models.Q(guesses__lte=5)),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.created_at:%Y-%m-%d %H:%M}"


class TotpDevice(BaseModel):
    """A second factor (RFC 6238): its secret sealed, and the last counter used, so that no code works twice."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="totp_device")
    secret_sealed = models.BinaryField()
    confirmed_at = models.DateTimeField(null=True)
    last_counter = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"second factor of {self.user}"

    @property
    def place(self) -> str:
        """Return what the sealed secret is bound to."""
        return f"totp/{self.pk}/{self.user_id}"


class RecoveryCode(BaseModel):
    """A code that stands in for a lost second factor, once; only a keyed hash is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes", db_index=False)
    code_hash = models.BinaryField(max_length=32)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "code_hash"], name="one_recovery_code_per_value")]


class KeyPair(BaseModel):
    """The keys with which envelopes for one holder are opened, and with which the holder signs.

    The holder is a login or, on a higher floor, a patient: an id, because this floor knows no patients.
    Rows are never deleted: old envelopes name them.
    """

    holder_id = models.UUIDField(editable=False)
    custody = models.CharField(max_length=10, choices=Custody.choices, default=Custody.SERVER)
    algorithm = models.CharField(max_length=40)
    public_key = models.BinaryField(help_text=_("SubjectPublicKeyInfo, DER"))
    signing_public_key = models.BinaryField(help_text=_("Ed25519, 32 raw bytes"))
    private_key_sealed = models.BinaryField(null=True)
    signing_private_key_sealed = models.BinaryField(null=True)
    replaced_at = models.DateTimeField(null=True)

    objects = KeyPairQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["holder_id"], name="one_current_key_pair_per_holder", condition=models.Q(replaced_at=None)
            ),
            models.CheckConstraint(
                name="server_custody_holds_private_keys",
                condition=models.Q(custody=Custody.CLIENT)
                | models.Q(private_key_sealed__isnull=False, signing_private_key_sealed__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.algorithm} {self.pk}"

    def place(self, part: str) -> str:
        """Return what a sealed part (`private` or `signing`) of this pair is bound to."""
        return f"key-pair/{self.pk}/{self.holder_id}/{part}"
