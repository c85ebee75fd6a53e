"""What patients tell people: who treats whom from now on, and who no more. Names stay inside the house."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.notifications.services.announcing import announce
from apps.notifications.topics import Message, Text, Topic, register_topic
from apps.patients.models import CareRelationship
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


def register() -> None:
    """Make the topics of patients known."""
    for name, (title, body, detail) in WORDS.items():
        register_topic(Topic(name, render=_renderer(title, body, detail)))


def tell_of_care(topic: str, relationship: CareRelationship, *, by: User, now: datetime) -> None:
    """Tell the doctor and the patient's managers, but for whoever did it; part of the caller's transaction."""
    managers = managers_of([relationship.patient_id]).values_list("user", flat=True)
    recipients = {*managers, relationship.doctor.user_id} - {by.pk}
    announce(topic, subject_id=relationship.pk, recipient_ids=sorted(recipients), now=now)


def _renderer(title: Text, body: Text, detail: Text) -> Callable[[Sequence[UUID]], Mapping[UUID, Message]]:
    def render(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
        found = CareRelationship.objects.filter(pk__in=subject_ids).select_related("doctor__user", "patient")
        return {each.pk: Message(title, body, _names(detail, each)) for each in found}

    return render


def _names(detail: Text, relationship: CareRelationship) -> Text:
    return str(detail).format(doctor=relationship.doctor.user.name, patient=relationship.patient.name)
