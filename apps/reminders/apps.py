"""The reminders app: action plans, doses, check-ins, adherence."""

from django.apps import AppConfig


class RemindersConfig(AppConfig):
    """Plans are drafted from notes, so reminders stand above records."""

    name = "apps.reminders"
    verbose_name = "Plans and reminders"

    def ready(self) -> None:
        """Listen to the floors below and register topics, probes and what plans have patients take."""
        from apps.core.sealing import register_sealed_column
        from apps.recommendations.selectors import register_followed
        from apps.reminders import listeners, messages, probes
        from apps.reminders.models import ActionPlan, ChecklistItem, Dose, PlanDraft
        from apps.reminders.selectors import followed_by

        register_sealed_column(ActionPlan, "action_sealed", lambda plan: plan.place("action"))
        register_sealed_column(ActionPlan, "dosage_sealed", lambda plan: plan.place("dosage"))
        register_sealed_column(ActionPlan, "safety_sealed", lambda plan: plan.place("safety"))
        register_sealed_column(PlanDraft, "not_drafted_sealed", lambda draft: draft.place)
        register_sealed_column(ChecklistItem, "task_sealed", lambda item: item.place)
        register_sealed_column(Dose, "skip_reason_sealed", lambda dose: dose.place)
        register_followed("plans", followed_by)
        listeners.register()
        messages.register()
        probes.register()
