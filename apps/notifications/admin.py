"""The ledger, for administrators: why was somebody, or was somebody not, told?"""

from django.contrib import admin

from apps.core.admin import ReadOnlyAdmin
from apps.notifications.models import Delivery, Notification


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Messages out of the house."""

    list_display = (
        *("created_at", "topic", "sequence", "user", "channel", "state", "attempts"),
        *("sent_at", "may_be_repeated", "last_failure"),
    )
    list_filter = ("state", "channel", "topic", "may_be_repeated")
    list_select_related = ("user",)
    search_fields = ("user__username", "subject_id__exact")
    exclude = ("lease",)


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    """Inboxes, without their words."""

    list_display = ("created_at", "recipient", "topic", "read_at")
    list_filter = ("topic",)
    list_select_related = ("recipient",)
