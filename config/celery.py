"""The Celery application, its beat schedule (code, not rows) and the wake-up that services ask for on commit."""

import os
from functools import cache

from celery import Celery
from kombu import Connection

from apps.core import wakeups

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

app = Celery("careloop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Every job is idempotent and claims its rows in PostgreSQL, so two beats are harmless and a job
# that waited longer than its own period is worth nothing: it expires.
app.conf.beat_schedule = {
    "dispatch-due-doses": {"task": "reminders.dispatch_due_doses", "schedule": 30.0},
    "roll-over-missed-doses": {"task": "reminders.roll_over_missed_doses", "schedule": 60.0},
    "draft-plans": {"task": "reminders.draft_plans", "schedule": 60.0},
    "remind-of-visits": {"task": "appointments.remind_of_visits", "schedule": 60.0},
    "close-overdue-appointments": {"task": "appointments.close_overdue", "schedule": 300.0},
    "deliver-notifications": {"task": "notifications.deliver", "schedule": 15.0},
    "relay-outbox": {"task": "core.relay_outbox", "schedule": 15.0},
    "seal-audit": {"task": "core.seal_audit", "schedule": 15.0},
    "expire-rows": {"task": "core.expire", "schedule": 3600.0},
    "expire-codes-and-sessions": {"task": "accounts.expire", "schedule": 3600.0},
    "sweep-files": {"task": "core.sweep_files", "schedule": 3600.0},
    "expire-stream-tickets": {"task": "notifications.expire", "schedule": 3600.0},
    "verify-audit": {"task": "core.verify_audit", "schedule": 86400.0},
}
for entry in app.conf.beat_schedule.values():
    entry["options"] = {"expires": max(entry["schedule"], 10.0)}

WAKEUP_TASKS = {
    "outbox": "core.relay_outbox",
    "deliveries": "notifications.deliver",
    "drafts": "reminders.draft_plans",
    "doses": "reminders.dispatch_due_doses",
}
WAKEUP_TIMEOUT_SECONDS = 0.2


@cache
def _wakeup_connection() -> Connection:
    """Return this process's own connection for wake-ups: short time-outs would break a worker's blocking reads."""
    timeouts = {"socket_timeout": WAKEUP_TIMEOUT_SECONDS, "socket_connect_timeout": WAKEUP_TIMEOUT_SECONDS}
    return Connection(app.conf.broker_url, transport_options={**timeouts, "max_retries": 0})


def send_wakeup(name: str) -> None:
    """Ask a worker to run the job behind `name` now; raises when the broker does not take it within 200 ms."""
    app.send_task(WAKEUP_TASKS[name], connection=_wakeup_connection(), retry=False, expires=60, ignore_result=True)


wakeups.register_sender(send_wakeup)
