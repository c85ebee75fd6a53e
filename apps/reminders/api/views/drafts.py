"""What became of drafting plans from notes, for their authors."""

from drf_spectacular.utils import extend_schema

from apps.accounts.permissions import IsSignedIn
from apps.patients.doors import ClinicalViewSet
from apps.reminders.api.filters import PlanDraftFilter
from apps.reminders.api.serializers.drafts import PlanDraftOutput
from apps.reminders.models import PlanDraft


@extend_schema(tags=["action-plans"])
class PlanDraftViewSet(ClinicalViewSet):
    """The drafting of the notes that the caller wrote: whether it worked, and which lines became nothing."""

    permission_classes = [IsSignedIn]
    queryset = PlanDraft.objects.select_related("note")
    serializer_class = PlanDraftOutput
    filterset_class = PlanDraftFilter
    patient_of = "note.patient_id"
