"""A site that ran before plans were checked comes along: its plans that had begun say that nobody asked the rules."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.reminders.choices import PlanState
from apps.reminders.models import ActionPlan, Dose
from apps.reminders.services.pausing import pause_plan, resume_plan
from apps.reminders.tests.conftest import activate, make_draft
from tests.care import make_care

BEFORE_PLANS_WERE_CHECKED = ("reminders", "0002_plans_in_full")


def migrate(*targets: tuple[str, str]) -> None:
    """Bring the schema to these migrations, or to the newest ones."""
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())


@pytest.fixture
def older_site(transactional_db) -> Iterator[Callable[[], None]]:
    """Take the schema back to what the older site had; whatever the test makes of it, the next one finds it whole."""
    yield lambda: migrate(BEFORE_PLANS_WERE_CHECKED)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE reminders_actionplan CASCADE")
    migrate()


def test_plans_that_began_unchecked_come_along_and_say_so(older_site, now):
    care = make_care(now)
    begun, paused = (activate(care, make_draft(care), now=now) for _ in range(2))
    pause_plan(actor=care.doctor.user, plan_id=paused.pk, now=now)
    draft = make_draft(care)
    older_site()
    migrate()
    for plan in ActionPlan.objects.filter(pk__in=[begun.pk, paused.pk]):
        check = plan.safety_check
        assert (check["findings"], check["is_critical"], check["override_reason"]) == ([], False, "")
        assert [each["kind"] for each in check["not_checked"]] == ["medicine"]
    assert ActionPlan.objects.get(pk=draft.pk).safety_check is None
    assert Dose.objects.filter(plan=begun).count() == begun.promised_doses
    later = now + timedelta(minutes=1)
    resumed = resume_plan(actor=care.doctor.user, plan_id=paused.pk, now=later)
    assert (resumed.state, resumed.safety_check["knowledge_version"] == "") == (PlanState.ACTIVE, False)
