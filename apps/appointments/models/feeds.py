"""Private calendar addresses."""

from django.conf import settings
from django.db import models

from apps.core.models import BaseModel


class CalendarFeed(BaseModel):
    """That a login's appointments can be read at a secret address, of which only a hash is kept."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="calendar_feed")
    token_hash = models.BinaryField(max_length=32, unique=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.user} {self.created_at:%Y-%m-%d}"
