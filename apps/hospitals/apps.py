"""The hospitals app: the places of care and the doctors who work there."""

from django.apps import AppConfig


class HospitalsConfig(AppConfig):
    """Hospitals know who may sign in for them; they know no patients."""

    name = "apps.hospitals"
    verbose_name = "Hospitals and doctors"

    def ready(self) -> None:
        """Say which logins of doctors and staff work and what they stand for, and register what hospitals tell."""
        from apps.accounts.standing import add_part
        from apps.accounts.working import add_condition
        from apps.hospitals import messages
        from apps.hospitals.querysets import doctor_of, hospital_of, works_at_a_working_place

        add_condition(works_at_a_working_place)
        add_part("hospital", hospital_of)
        add_part("doctor", doctor_of)
        messages.register()
