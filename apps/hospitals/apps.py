"""The hospitals app: the places of care and the doctors who work there."""

from django.apps import AppConfig


class HospitalsConfig(AppConfig):
    """Hospitals know who may sign in for them; they know no patients."""

    name = "apps.hospitals"
    verbose_name = "Hospitals and doctors"
