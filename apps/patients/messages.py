"""What patients tell people: who treats, who reads, who is told of missed doses. Names stay inside the house."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import OneTimeCode, User
from apps.accounts.services.codes import code_of
from apps.notifications.choices import Kind
from apps.notifications.services.announcing import announce, announce_to_address, announce_to_contact
from apps.notifications.topics import Message, Text, Topic, register_topic
from apps.patients.models import AccessGrant, Caregiver, CareRelationship, Patient
from apps.patients.querysets import managers_of

# Of each topic: the title, what is sent out, what the inbox shows.
WORDS: dict[str, tuple[Text, Text, Text]] = {
    "care_started": (
        _("A new care relationship"),
        _("A doctor treats a patient from now on. Sign in to see who."),
        _("Dr. {doctor} treats {patient} from now on."),
    ),
    "care_ended": (
        _("A care relationship has ended"),
        _("A doctor treats a patient no more. Sign in to see who."),
        _("Dr. {doctor} treats {patient} no more. Plans and reminders of this doctor have ended."),
    ),
}


ACCESS: dict[str, tuple[Text, Text, Text]] = {
    "access_granted": (
        _("A record was opened"),
        _("A doctor may read a whole record for 30 minutes. Sign in to see who, and to end it."),
        _("Dr. {doctor} may read the record of {patient} for 30 minutes. You can end this at once."),
    ),
    "break_glass": (
        _("A record was opened in an emergency"),
        _("A doctor opened a whole record in an emergency, for one hour. Sign in to see who and why."),
        _("Dr. {doctor} opened the record of {patient} in an emergency, for one hour."),
    ),
}
CAREGIVER: tuple[Text, Text, Text] = (
    _("You are a caregiver"),
    _("Somebody wants you to be told when doses are missed. Sign in to see who."),
    _("You are told from now on when {patient} misses doses. You may end this at any time."),
)


def register() -> None:
    """Make the topics of patients known."""
    for name, (title, body, detail) in ACCESS.items():
        register_topic(Topic(name, _grant_renderer(title, body, detail), AccessGrant.objects.visible_to))
    code = Topic("access_code", _render_access_codes, _codes_for_patients_of, _still_open, kind=Kind.SECURITY)
    register_topic(code)
    register_topic(Topic("caregiver_chosen", _render_caregivers, Caregiver.objects.visible_to, _caregivers_still))
    for name, (title, body, detail) in WORDS.items():
        register_topic(Topic(name, _renderer(title, body, detail), CareRelationship.objects.visible_to))


def tell_of_care(topic: str, relationship: CareRelationship, *, by: User, now: datetime) -> None:
    """Tell the doctor and the patient's managers, but for whoever did it; part of the caller's transaction."""
    managers = managers_of([relationship.patient_id]).values_list("user", flat=True)
    recipients = {*managers, relationship.doctor.user_id} - {by.pk}
    announce(topic, subject_id=relationship.pk, recipient_ids=sorted(recipients), now=now)


def tell_caregiver(caregiver: Caregiver, *, now: datetime) -> None:
    """Tell somebody that they are told of missed doses from now on; part of the caller's transaction."""
    announce("caregiver_chosen", subject_id=caregiver.pk, recipient_ids=[caregiver.user_id], now=now)


def _render_caregivers(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
    title, body, detail = CAREGIVER
    found = Caregiver.objects.filter(pk__in=subject_ids).select_related("patient")
    return {each.pk: Message(title, body, str(detail).format(patient=each.patient.name)) for each in found}


def _caregivers_still(subject_ids: Sequence[UUID]) -> set[UUID]:
    return set(Caregiver.objects.live().filter(pk__in=subject_ids).values_list("pk", flat=True))


def _renderer(title: Text, body: Text, detail: Text) -> Callable[[Sequence[UUID]], Mapping[UUID, Message]]:
    def render(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
        found = CareRelationship.objects.filter(pk__in=subject_ids).select_related("doctor__user", "patient")
        return {each.pk: Message(title, body, _names(detail, each)) for each in found}

    return render


def _names(detail: Text, row: CareRelationship | AccessGrant) -> Text:
    return str(detail).format(doctor=row.doctor.user.name, patient=row.patient.name)


def tell_of_access(topic: str, grant: AccessGrant, *, also: Iterable[UUID] = (), now: datetime) -> None:
    """Tell the patient's managers, and whoever else must know; part of the caller's transaction."""
    managers = set(managers_of([grant.patient_id]).values_list("user", flat=True))
    announce(topic, subject_id=grant.pk, recipient_ids=sorted({*managers, *also}), now=now)
    contact = Patient.objects.filter(pk=grant.patient_id).values_list("email", flat=True).first()
    if not managers and contact:
        announce_to_address(topic, subject_id=grant.pk, address=contact, now=now)


def tell_access_code(issued: OneTimeCode, *, now: datetime) -> None:
    """Send a code to those who speak for the patient: the managers, or the contact on a record without one.

    An invented record has neither, and nobody is told.
    """
    managers = managers_of([issued.subject_id]).values_list("user", flat=True)
    announce("access_code", subject_id=issued.pk, recipient_ids=sorted(managers), now=now)
    contact = Patient.objects.unmanaged().filter(pk=issued.subject_id).values("phone", "email").first()
    if contact:
        announce_to_contact("access_code", subject_id=issued.pk, **contact, now=now)


def _grant_renderer(title: Text, body: Text, detail: Text) -> Callable[[Sequence[UUID]], Mapping[UUID, Message]]:
    def render(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
        found = AccessGrant.objects.filter(pk__in=subject_ids).select_related("doctor__user", "patient")
        return {each.pk: Message(title, body, _names(detail, each)) for each in found}

    return render


def _codes_for_patients_of(reader: User) -> QuerySet[OneTimeCode]:
    return OneTimeCode.objects.filter(subject_id__in=Patient.objects.managed_by(reader).values("pk"))


def _render_access_codes(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
    """Return the messages with the digits, computed now: only the one who reads the mail sees them."""
    codes = list(OneTimeCode.objects.filter(pk__in=subject_ids))
    names = {patient.pk: patient.name for patient in Patient.objects.filter(pk__in=[each.subject_id for each in codes])}
    return {code.pk: _code_message(code, names.get(code.subject_id, "")) for code in codes}


def _code_message(code: OneTimeCode, name: str) -> Message:
    return Message(
        title=_("A doctor asks to read a record"),
        body=_("Tell the doctor this code only if you want the whole record to be read, for 30 minutes."),
        detail=_("A doctor asked to read a record. A code was sent to you by e-mail."),
        codes=[(name, code_of(code.pk))],
    )


def _still_open(subject_ids: Sequence[UUID]) -> set[UUID]:
    return set(OneTimeCode.objects.open(now=timezone.now()).filter(pk__in=subject_ids).values_list("pk", flat=True))
