"""Making logins."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models.functions import Cast, Substr
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.accounts.models import Consent, User
from apps.core import audit
from apps.core.errors import InvalidInput, RuleRefused

LONGEST_BASE = 140  # Leaves room for the number that tells namesakes apart.


class EmailTaken(RuleRefused):
    """Somebody signed up with this address before."""

    code = "email_taken"
    detail = _(
        "There is an account with this e-mail address already. Sign in; if the address was confirmed, the password can "
        "be reset; otherwise ask an administrator."
    )


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
    has_consented: bool = False,
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
        if has_consented:
            keep_consent(user=user, now=now)
        audit.record("user_created", actor_id=user.pk, subject=user, details={"role": role})
    return user


def keep_consent(*, user: User, now: datetime) -> Consent:
    """Keep that a person agreed to the present terms, and when; part of the transaction that makes the login theirs."""
    return Consent.objects.create(user=user, version=settings.CONSENT_VERSION, given_at=now)


def register_person(
    *,
    email: str,
    password: str,
    first_name: str,
    last_name: str,
    phone: str,
    role: Role = Role.PATIENT,
    now: datetime,
) -> User:
    """Sign a person up by themselves, with consent to the present terms."""
    return register_user(
        email=email,
        password=password,
        first_name=first_name,
        last_name=last_name,
        phone=phone,
        role=role,
        has_consented=True,
        now=now,
    )


def check_password_rules(*, password: str, user: User, field: str = "password") -> None:
    """Raise InvalidInput, naming the field, for a password that the rules refuse."""
    try:
        validate_password(password, user)
    except ValidationError as refusal:
        raise InvalidInput(field, " ".join(refusal.messages), code="weak_password") from refusal


def _insert_with_free_username(user: User, wanted: str) -> None:
    """Insert under the wanted name or a number after it: the unique column decides, so no race can."""
    base = slugify(wanted).replace("-", "")[:LONGEST_BASE] or "user"
    number = 0
    while True:
        user.username = f"{base}{number or ''}"
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
        number = max(number, _highest_number(base)) + 1  # Past what just clashed, whatever the query knows of.


def _highest_number(base: str) -> int:
    """Return the highest number after this name that is taken: one query however many namesakes there are."""
    namesakes = User.objects.filter(username__regex=rf"^{base}[0-9]{{1,9}}$")
    number = Cast(Substr("username", len(base) + 1), models.BigIntegerField())
    highest: int | None = namesakes.aggregate(highest=models.Max(number))["highest"]
    return highest or 0
