"""The patients app: the people cared for, who manages them, and who treats them."""

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    """Patients belong to no hospital."""

    name = "apps.patients"
    verbose_name = "Patients"

    def ready(self) -> None:
        """Show with each doctor how many patients they treat."""
        from apps.hospitals.querysets import show_with_doctors
        from apps.patients.querysets import patients_treated

        show_with_doctors("patient_count", patients_treated)
