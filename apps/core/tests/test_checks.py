"""Each rule of the house that is a system check speaks up when broken, teaches, and is silent about this house."""

import pytest
from django.core import checks
from django.db import models
from django.db.models.functions import Lower
from django.test.utils import isolate_apps
from django.urls import include, path
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from apps.core.checks import check_no_duplicate_index, check_personal_views_are_scoped, check_views_name_permissions
from apps.core.http.views import CareLoopViewSet, ListMixin, ScopedViewSet
from apps.core.models import OutboxEvent


class PersonalQuerySet(models.QuerySet):
    """Rows of which not everybody sees all."""

    def visible_to(self, user):
        return self


PERSONAL: PersonalQuerySet = PersonalQuerySet(model=OutboxEvent)


class Silent(CareLoopViewSet, ListMixin):
    """Leaves to a default who may enter."""


class Named(Silent):
    permission_classes = [AllowAny]


class Inheriting(Named):
    """Says it through a base of the house."""


class Foreign(ListAPIView):
    """Somebody else's view: its own authors answer for it."""


Foreign.__module__ = "somebody.elses.package"


class Unscoped(Named):
    queryset = PERSONAL


class GoingAround(ScopedViewSet, ListMixin):
    permission_classes = [AllowAny]
    queryset = PERSONAL

    def get_queryset(self):
        return self.queryset.all()


class Scoped(ScopedViewSet, ListMixin):
    permission_classes = [AllowAny]
    queryset = PERSONAL


class ForEverybody(Named):
    queryset = OutboxEvent.objects.all()


class PlainView(APIView):
    """No view set, and nobody is named either."""

    serializer_class = Serializer

    def get(self, request): ...


def _list(view):
    return view.as_view({"get": "list"})


urlpatterns = [
    path("api/silent/", _list(Silent)),
    path("api/plain/", PlainView.as_view()),
    path("api/inner/", include([path("named/", _list(Named)), path("inheriting/", _list(Inheriting))])),
    path("api/foreign/", Foreign.as_view()),
    path("api/unscoped/", _list(Unscoped)),
    path("api/around/", _list(GoingAround)),
    path("api/scoped/", _list(Scoped)),
    path("api/everybody/", _list(ForEverybody)),
    path("page/", _list(Silent)),
]

planted = pytest.mark.urls(__name__)


def found(messages) -> set[tuple[str, str]]:
    """Return (id, name of what is wrong) of each message, having seen that it teaches."""
    assert all(message.hint and message.is_serious() for message in messages)
    return {(message.id, message.obj.__name__) for message in messages}


class TestPermissionsAreNamed:
    @planted
    def test_a_view_that_names_nobody_is_told(self):
        told = found(check_views_name_permissions(None))
        assert told == {("careloop.E001", "Silent"), ("careloop.E001", "PlainView")}

    def test_this_house_names_them_all(self):
        assert check_views_name_permissions(None) == []


class TestPersonalViewsAreScoped:
    @planted
    def test_a_view_that_shows_everybody_everything_is_told(self):
        told = found(check_personal_views_are_scoped(None))
        assert told == {("careloop.E002", "Unscoped"), ("careloop.E002", "GoingAround")}

    def test_this_house_scopes_them_all(self):
        assert check_personal_views_are_scoped(None) == []


class TestIndexesDiffer:
    @pytest.fixture
    def repeats(self):
        """Return what the check says of one model with these indexes and constraints."""

        def check(fields: dict, **meta) -> set[str]:
            with isolate_apps("apps.core", kwarg_name="planted") as registry:
                options = type("Meta", (), {"app_label": "core", **meta})
                type("Planted", (models.Model,), {"__module__": __name__, "Meta": options, **fields})
                messages = check_no_duplicate_index(registry.get_app_configs())
            assert found(messages) <= {("careloop.E003", "Planted")}
            return {message.msg.split("index ")[1].split(" on")[0] for message in messages}

        return check

    @staticmethod
    def fields() -> dict:
        return {"one": models.IntegerField(), "two": models.IntegerField()}

    def test_the_beginning_of_a_longer_index_is_told(self, repeats):
        indexes = [models.Index(fields=["one"], name="short"), models.Index(fields=["one", "two"], name="long")]
        assert repeats(self.fields(), indexes=indexes) == {"short"}

    def test_of_two_equal_ones_one_is_told(self, repeats):
        indexes = [models.Index(fields=["one", "-two"], name=name) for name in ("first", "second")]
        assert repeats(self.fields(), indexes=indexes) == {"second"}

    def test_a_column_that_is_indexed_by_itself_too_is_told(self, repeats):
        fields = {"one": models.IntegerField(db_index=True), "two": models.IntegerField()}
        assert repeats(fields, indexes=[models.Index(fields=["one", "two"], name="long")]) == {"one"}

    def test_a_unique_constraint_is_an_index_too(self, repeats):
        unique = [models.UniqueConstraint(fields=["one", "two"], name="unique")]
        assert repeats(self.fields(), constraints=unique, indexes=[models.Index(fields=["one"], name="short")]) == {
            "short"
        }

    def test_the_index_that_a_foreign_key_brings_counts(self, repeats):
        fields = {"event": models.ForeignKey(OutboxEvent, on_delete=models.CASCADE), "two": models.IntegerField()}
        indexes = [models.Index(fields=["event", "two"], name="long")]
        assert repeats(fields, indexes=indexes) == {"event_id"}

    def test_another_order_direction_condition_or_kind_is_another_index(self, repeats):
        indexes = [
            models.Index(fields=["one", "two"], name="plain"),
            models.Index(fields=["two", "one"], name="other_order"),
            models.Index(fields=["-one"], name="other_direction"),
            models.Index(fields=["one"], name="partial", condition=models.Q(two=1)),
            models.Index(Lower("one"), name="expression"),
        ]
        assert repeats(self.fields(), indexes=indexes) == set()

    def test_this_house_repeats_none(self):
        assert check_no_duplicate_index(None) == []


def test_all_of_them_run_with_djangos_own():
    registered = {check.__name__ for check in checks.registry.registry.get_checks()}
    assert {
        "check_views_name_permissions",
        "check_personal_views_are_scoped",
        "check_no_duplicate_index",
    } <= registered
