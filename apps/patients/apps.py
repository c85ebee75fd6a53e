"""The patients app: the people cared for, who manages them, and who treats them."""

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    """Patients belong to no hospital."""

    name = "apps.patients"
    verbose_name = "Patients"
