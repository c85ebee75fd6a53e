"""The ledger, for administrators: why was somebody, or was somebody not, told?"""

from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from apps.accounts.models import User
from apps.core.admin import ReadOnlyAdmin, act_on_each, in_words
from apps.notifications.choices import OPEN_STATES
from apps.notifications.models import Breaker, Delivery, Notification, Preferences
from apps.notifications.services.reports import retry_delivery

COLOURS: dict[str, str] = {"SENT": "success", "DELIVERED": "success", "FAILED": "danger"} | dict.fromkeys(
    OPEN_STATES, "info"
)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Messages out of the house."""

    list_display = ("created_at", "about", "user", "channel", "state_label", "reason", "attempts", "sent_at")
    list_filter = ("state", "reason", "channel", "topic", "may_be_repeated")
    list_select_related = ("user",)
    search_fields = ("user__username", "subject_id__exact")
    exclude = ("lease",)
    actions = ("retry",)
    exports = ("created_at", "topic", "channel", "state", "reason", "attempts", "sent_at", "may_be_repeated")

    @display(description=gettext_lazy("About"), ordering="topic")  # type: ignore[untyped-decorator]
    def about(self, delivery: Delivery) -> str:
        """Return what it tells of."""
        return in_words(delivery.topic)

    @display(  # type: ignore[untyped-decorator]
        description=gettext_lazy("State"),
        ordering="state",
        label=COLOURS,
    )
    def state_label(self, delivery: Delivery) -> str:
        """Return the state, coloured."""
        return delivery.state

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

    list_display = ("created_at", "recipient", "about", "read_at")
    list_filter = ("topic",)
    list_select_related = ("recipient",)

    @display(description=gettext_lazy("About"), ordering="topic")  # type: ignore[untyped-decorator]
    def about(self, notification: Notification) -> str:
        """Return what it tells of."""
        return in_words(notification.topic)


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
