"""The patients app: the people cared for, who manages them, who treats them, and what is known of them."""

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    """Patients belong to no hospital."""

    name = "apps.patients"
    verbose_name = "Patients"

    def ready(self) -> None:
        """Register the topics, listen to accounts, and say what floors below show and read of patients."""
        from apps.accounts.standing import add_part
        from apps.hospitals.querysets import show_with_doctors
        from apps.patients import listeners, messages
        from apps.patients.querysets import managed_from, patients_treated

        messages.register()
        listeners.register()
        show_with_doctors("patient_count", patients_treated)
        add_part("managed", managed_from)
