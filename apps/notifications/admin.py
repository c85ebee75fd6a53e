"""The ledger, for administrators: why was somebody, or was somebody not, told?"""

from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.core.admin import ReadOnlyAdmin, act_on_each
from apps.notifications.models import Breaker, Delivery, Notification, Preferences
from apps.notifications.services.reports import retry_delivery


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Messages out of the house."""

    list_display = (
        *("created_at", "topic", "sequence", "user", "channel", "state", "reason", "attempts"),
        *("sent_at", "delivered_at", "may_be_repeated", "last_failure"),
    )
    list_filter = ("state", "reason", "channel", "topic", "may_be_repeated")
    list_select_related = ("user",)
    search_fields = ("user__username", "subject_id__exact")
    exclude = ("lease",)
    actions = ("retry",)
    exports = ("created_at", "topic", "channel", "state", "reason", "attempts", "sent_at", "may_be_repeated")

    @admin.action(description=gettext_lazy("Try the chosen failed messages again"))
    def retry(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        """Give each failed message its tries back."""
        actor, now = cast(User, request.user), timezone.now()

        def again(delivery: Delivery) -> None:
            retry_delivery(actor=actor, delivery_id=delivery.pk, now=now)

        act_on_each(self, request, chosen, again, done=_("Waiting to be sent again"))


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    """Inboxes, without their words."""

    list_display = ("created_at", "recipient", "topic", "read_at")
    list_filter = ("topic",)
    list_select_related = ("recipient",)


@admin.register(Preferences)
class PreferencesAdmin(ReadOnlyAdmin):
    """How people want to be told."""

    list_display = ("user", "muted_by_email", "wanted_by_sms", "quiet_from", "quiet_until", "quiet_zone")
    list_select_related = ("user",)
    search_fields = ("user__username",)


@admin.register(Breaker)
class BreakerAdmin(ReadOnlyAdmin):
    """Which providers are away."""

    list_display = ("channel", "strikes", "retry_at", "last_failure")
