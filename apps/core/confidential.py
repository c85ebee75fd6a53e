"""Which columns no administrator sees; settings name them (`CONFIDENTIAL`), for they belong to many apps."""

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import models


def confidential_columns(model: type[models.Model]) -> frozenset[str]:
    """Return the confidential columns of a model."""
    return frozenset(settings.CONFIDENTIAL.get(model._meta.label, ()))


def reaches_confidential(model: type[models.Model], path: str) -> bool:
    """Return whether a path such as `patient__blood_group__startswith` passes through a confidential column."""
    for name in path.lstrip("-").split("__"):
        if name in confidential_columns(model):
            return True
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            return False  # A lookup, a transformation, or a method of the page.
        if field.related_model is None or isinstance(field.related_model, str):
            return False
        model = field.related_model
    return False
