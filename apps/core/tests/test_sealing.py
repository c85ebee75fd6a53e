"""Every sealed column is known to the rotation of the master key, and an old key leaves only when nothing needs it."""

import base64

import pytest
from django.apps import apps
from django.core.management import CommandError
from django.db import models

from apps.core import crypto
from apps.core.sealing import sealed_columns
from tests.sealed import ACTION, Stock, plans, rotate, rows_in, rows_under, unreadable
from tests.totp import give_second_factor
from tests.world import make_world

OLD, NEW = "test", "next"


def key(kid: str) -> str:
    return f"{kid}:{base64.b64encode(kid.encode() * 32).decode()}"


@pytest.fixture
def stock(db, now) -> Stock:
    return Stock(now)


@pytest.fixture
def rotating(stock, settings) -> Stock:
    """Rows under the old key, and a ring with a new one in front."""
    settings.MASTER_KEYS = f"{key(NEW)},{settings.MASTER_KEYS}"
    return stock


class TestRegistry:
    def binary_columns(self) -> dict[str, tuple[type[models.Model], str]]:
        return {
            f"{model._meta.label_lower}.{field.column}": (model, field.column)
            for model in apps.get_models()
            for field in model._meta.concrete_fields
            if isinstance(field, models.BinaryField)
        }

    def test_knows_every_sealed_column_of_every_model(self):
        called_sealed = {name for name in self.binary_columns() if name.endswith("_sealed")}
        assert called_sealed == {column.name for column in sealed_columns()}

    def test_no_column_of_another_name_holds_sealed_bytes(self, db, now):
        world = make_world(now)
        give_second_factor(world.people["patient"], confirmed_at=None)
        known, begins = {column.name for column in sealed_columns()}, crypto.header_of(OLD)
        for name, (model, column) in self.binary_columns().items():
            held = [bytes(value) for value in model.objects.values_list(column, flat=True) if value is not None]
            assert [value.startswith(begins) for value in held] == [name in known] * len(held), name

    def test_knows_the_place_that_each_row_is_bound_to(self, stock):
        assert set(rows_under(OLD)) == {column.name for column in sealed_columns()}
        assert unreadable() == []


class TestRotation:
    def test_seals_everything_under_the_new_key_so_that_the_old_one_may_leave(self, rotating, settings):
        told = rotate()
        assert f"key {OLD}: 0 rows need it" in told
        assert "the others may leave the ring" in told
        assert rows_under(OLD) == {}
        settings.MASTER_KEYS = key(NEW)
        assert unreadable() == []
        assert rotating.read_first() == "first"

    def test_a_second_time_has_nothing_to_do(self, rotating):
        rotate()
        sealed = {column.name: list(rows_in(column).values_list(column.column)) for column in sealed_columns()}
        rotate()
        assert sealed == {column.name: list(rows_in(column).values_list(column.column)) for column in sealed_columns()}

    def test_changes_no_other_column(self, rotating):
        others = [field.attname for field in plans().model._meta.concrete_fields if "sealed" not in field.attname]
        before = list(plans().values(*others))
        rotate()
        assert list(plans().values(*others)) == before

    def test_names_what_is_under_a_key_that_left_too_early_and_seals_the_rest(self, rotating, settings):
        plan, ring = plans()[0], settings.MASTER_KEYS
        settings.MASTER_KEYS = key("gone")
        plan.seal_texts(action=ACTION, dosage_text="daily")
        plan.save()
        settings.MASTER_KEYS = ring
        with pytest.raises(CommandError, match=r"reminders\.actionplan\.action_sealed: 1 under key gone"):
            rotate()
        assert rows_under(OLD) == {}

    @pytest.mark.parametrize("damaged", [b"", b"\x01", b"\x01\xff", b"\x01\x04test", b"\xff" * 40])
    def test_a_damaged_row_is_named_and_keeps_no_other_from_the_new_key(self, rotating, damaged):
        plan = plans()[3]
        plans().filter(pk=plan.pk).update(action_sealed=damaged)
        with pytest.raises(CommandError, match=r"reminders\.actionplan\.action_sealed: 1 under key"):
            rotate()
        assert unreadable() == [f"reminders.actionplan.action_sealed {plan.pk}"]
        assert sum(rows_under(NEW).values()) == sum(rows_in(column).count() for column in sealed_columns()) - 1
