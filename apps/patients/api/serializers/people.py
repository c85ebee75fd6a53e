"""Signing up, patients, claiming a record, and who looked at it."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.accounts.choices import SELF_GIVEN, Role
from apps.accounts.doors import ConsentField
from apps.core.http.fields import AnyCaseChoiceField
from apps.core.http.synonyms import SynonymSerializer
from apps.core.zones import validate_zone
from apps.patients.api.serializers.fields import SEXES
from apps.patients.choices import BloodGroup, Relation, Sex

PHONE_HELP = "Any notation; kept in E.164. Without a country code it is read as a national number."


class RegisterInput(SynonymSerializer):
    """A person signing up."""

    example = {
        "email": "amina@careloop.example",
        "password": "a long enough password",
        "first_name": "Amina",
        "last_name": "Rahman",
        "phone": "+15550100001",
        "time_zone": "Asia/Dhaka",
        "consent": True,
    }
    synonyms = {"phone_number": "phone"}

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=128, trim_whitespace=False)
    first_name = serializers.CharField(max_length=100)
    last_name = serializers.CharField(max_length=100, required=False, default="")
    phone = serializers.CharField(max_length=40, required=False, default="", help_text=PHONE_HELP)
    time_zone = serializers.CharField(max_length=64, required=False, default="UTC", help_text="IANA name.")
    consent = ConsentField()
    role = AnyCaseChoiceField(choices=SELF_GIVEN, required=False, help_text="PATIENT unless DOCTOR: who will apply.")
    user_type = AnyCaseChoiceField(choices=SELF_GIVEN, required=False, help_text="The same as `role`.")

    def validate_time_zone(self, name: str) -> str:
        """Refuse what is no IANA zone."""
        validate_zone(name)
        return name

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the facts, with one role; consent is kept with its version and time by the service."""
        asked = {attrs[name] for name in ("role", "user_type") if name in attrs}
        if len(asked) > 1:
            raise serializers.ValidationError({"user_type": _("This is another role than `role`.")})
        kept = {name: value for name, value in attrs.items() if name not in {"consent", "role", "user_type"}}
        return {**kept, "role": Role(asked.pop()) if asked else Role.PATIENT}


class PatientInput(SynonymSerializer):
    """Who a patient is and how to reach them."""

    example: dict[str, Any] = {
        "first_name": "Sami",
        "last_name": "Rahman",
        "birth_date": "2019-06-14",
        "sex": "MALE",
        "blood_group": "O+",
        "phone": "+1 (555) 010-0001",
        "email": "amina@careloop.example",
        "address": "7 Lake Road",
        "city": "Dhaka",
        "emergency_name": "Omar Rahman",
        "emergency_phone": "+15550100009",
        "emergency_relation": "Father",
        "time_zone": "Asia/Dhaka",
        "language": "en",
    }
    synonyms = {
        "date_of_birth": "birth_date",
        "gender": "sex",
        "contact": "phone",
        "phone_number": "phone",
        "location": "city",
    }

    first_name = serializers.CharField(max_length=100)
    last_name = serializers.CharField(max_length=100, required=False, allow_blank=True)
    birth_date = serializers.DateField(required=False, allow_null=True, help_text="Since 1900, not in the future.")
    sex = AnyCaseChoiceField(choices=Sex.choices, synonyms=SEXES, required=False)
    blood_group = AnyCaseChoiceField(choices=BloodGroup.choices, required=False)
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True, help_text=PHONE_HELP)
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    address = serializers.CharField(max_length=300, required=False, allow_blank=True)
    city = serializers.CharField(max_length=100, required=False, allow_blank=True)
    emergency_name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    emergency_phone = serializers.CharField(max_length=40, required=False, allow_blank=True, help_text=PHONE_HELP)
    emergency_relation = serializers.CharField(max_length=60, required=False, allow_blank=True)
    time_zone = serializers.CharField(max_length=64, required=False, validators=[validate_zone], help_text="IANA name.")
    language = serializers.RegexField(
        r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35, required=False, help_text="BCP 47 tag."
    )


def refuse_claimed(relation: str) -> None:
    """Refuse the relation that only a claim makes."""
    if relation == Relation.CLAIMED:
        raise serializers.ValidationError(_("Say SELF: whether it is a second record is found out here."))


class AddPatientInput(PatientInput):
    """A new patient: one whom the caller looks after, or a walk-in of the caller's hospital."""

    example: dict[str, Any] = {"relation": "PARENT", **PatientInput.example}

    relation = AnyCaseChoiceField(
        choices=Relation.choices,
        required=False,
        validators=[refuse_claimed],
        help_text="What you are to the patient. Hospital staff leave it out: then it is a walk-in of the hospital.",
    )


class PatientOutput(serializers.Serializer[Any]):
    """A person cared for. Hospital staff get name and contact only: what is marked so is left out for them."""

    example: dict[str, Any] = {
        "id": "019a9f3c-0000-7000-8000-000000000301",
        **PatientInput.example,
        "name": "Sami Rahman",
        "phone": "+15550100001",
        "relation": "PARENT",
    }
    not_for_staff = ("birth_date", "sex", "blood_group")

    id = serializers.UUIDField()
    name = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    phone = serializers.CharField(help_text="E.164.")
    email = serializers.CharField()
    address = serializers.CharField()
    city = serializers.CharField()
    emergency_name = serializers.CharField()
    emergency_phone = serializers.CharField()
    emergency_relation = serializers.CharField()
    time_zone = serializers.CharField()
    language = serializers.CharField()
    relation = serializers.ChoiceField(
        choices=Relation.choices, allow_null=True, help_text="What the caller is to the patient; null: no manager."
    )
    birth_date = serializers.DateField(required=False, allow_null=True, help_text="Not for hospital staff.")
    sex = serializers.ChoiceField(required=False, choices=Sex.choices, help_text="Not for hospital staff.")
    blood_group = serializers.ChoiceField(
        required=False, choices=BloodGroup.choices, help_text="Not for hospital staff."
    )

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Return what the caller may see of the row."""
        shown: dict[str, Any] = super().to_representation(instance)
        if instance.relation is None and self.context["request"].user.role == Role.HOSPITAL:
            for name in self.not_for_staff:
                shown.pop(name)
        return shown


class ClaimInput(serializers.Serializer[Any]):
    """The record that a hospital began, named by what only its person and the hospital know."""

    example: dict[str, Any] = {"phone": "+1 555 010 0001", "birth_date": "1984-03-02"}

    phone = serializers.CharField(max_length=40, help_text=PHONE_HELP)
    birth_date = serializers.DateField()


class ConfirmClaimInput(ClaimInput):
    """The record once more, with the code that was sent to its contact."""

    example: dict[str, Any] = {**ClaimInput.example, "otp_code": "482913"}

    otp_code = serializers.CharField(max_length=12)
    relation = AnyCaseChoiceField(
        choices=Relation.choices,
        default=Relation.SELF,
        validators=[refuse_claimed],
        help_text="What you are to the patient.",
    )


class ClaimSentOutput(serializers.Serializer[Any]):
    """That a code is on its way, if there is such a record: the answer is the same for every one."""

    example = {"expires_in_seconds": 600}

    expires_in_seconds = serializers.IntegerField()


class AccessLogOutput(serializers.Serializer[Any]):
    """One thing that somebody did with, or read of, the patient's record."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000991",
        "at": "2026-11-20T09:30:00Z",
        "action": "clinical_read",
        "what": "records.note",
        "actor": "019a9f3c-0000-7000-8000-000000000002",
        "actor_name": "Lena Okafor",
        "hospital": None,
    }

    id = serializers.UUIDField(source="event.id")
    at = serializers.DateTimeField(source="event.at")
    action = serializers.CharField(source="event.action")
    what = serializers.SerializerMethodField(help_text="What was read or changed; empty where the action says it.")
    actor = serializers.UUIDField(source="event.actor_id", allow_null=True)
    actor_name = serializers.CharField()
    hospital = serializers.UUIDField(source="event.tenant_id", allow_null=True)

    def get_what(self, entry: Any) -> str:
        """Return the kind of rows that were read, or that were acted on."""
        return str(entry.event.details.get("what") or entry.event.subject_type)
