"""Making logins."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.accounts.models import Consent, User
from apps.core import audit
from apps.core.errors import InvalidInput, RuleRefused

LONGEST_BASE = 140  # Leaves room for the number that tells namesakes apart.
MOST_COLLISIONS = 10_000


class EmailTaken(RuleRefused):
    """Somebody signed up with this address before."""

    code = "email_taken"
    detail = _("There is an account with this e-mail address already. Sign in, or reset its password.")


def register_user(
    *,
    email: str,
    password: str,
    role: Role,
    now: datetime,
    first_name: str = "",
    last_name: str = "",
    phone: str = "",
    username: str | None = None,
    is_self_registered: bool = True,
    is_staff: bool = False,
    is_superuser: bool = False,
    consent_version: str | None = None,
) -> User:
    """Create a login, with the consent given if any, and audit it.

    Raises InvalidInput for a password that the rules refuse or an address that cannot be kept in lower case,
    and EmailTaken for a second sign-up with one address.
    """
    user = User(
        email=email.strip().lower(),
        first_name=first_name.strip(),
        last_name=last_name.strip(),
        phone=phone.strip(),
        role=role,
        is_self_registered=is_self_registered,
        is_staff=is_staff,
        is_superuser=is_superuser,
    )
    check_password_rules(password=password, user=user)
    user.set_password(password)
    with transaction.atomic():
        _insert_with_free_username(user, username or user.email.partition("@")[0])
        if consent_version:
            Consent.objects.create(user=user, version=consent_version, given_at=now)
        audit.record("user_created", actor_id=user.pk, subject=user, details={"role": role})
    return user


def register_person(*, email: str, password: str, first_name: str, last_name: str, phone: str, now: datetime) -> User:
    """Sign a person up by themselves, with consent to the present terms."""
    return register_user(
        email=email,
        password=password,
        first_name=first_name,
        last_name=last_name,
        phone=phone,
        role=Role.PATIENT,
        consent_version=settings.CONSENT_VERSION,
        now=now,
    )


def check_password_rules(*, password: str, user: User, field: str = "password") -> None:
    """Raise InvalidInput, naming the field, for a password that the rules refuse."""
    try:
        validate_password(password, user)
    except ValidationError as refusal:
        raise InvalidInput(field, " ".join(refusal.messages), code="weak_password") from refusal


def _insert_with_free_username(user: User, wanted: str) -> None:
    """Insert under the wanted name or the first free one after it: the unique column decides, so no race can."""
    base = slugify(wanted).replace("-", "")[:LONGEST_BASE] or "user"
    for number in range(MOST_COLLISIONS):
        user.username = f"{base}{number or ''}"
        if User.objects.filter(username=user.username).exists():
            continue
        try:
            with transaction.atomic():
                user.save(force_insert=True)
            return
        except IntegrityError as clash:
            if "one_self_registered_login_per_email" in str(clash):
                raise EmailTaken from clash
            if "email_is_lower_case" in str(clash):  # A capital that the database knows and this Python does not yet.
                raise InvalidInput("email", _("This is no e-mail address that can be used here.")) from clash
            if "username" not in str(clash):
                raise
    raise RuleRefused(_("No free username is left for this name."), code="no_username_left")
