"""The house's own rules as Django system checks: each has an id, a hint that teaches, and a test that makes it fire."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.contrib import admin
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import models
from rest_framework.views import APIView

from apps.core.confidential import confidential_columns, reaches_confidential
from apps.core.http.routing import Route, api_routes
from apps.core.http.views import ScopedViewSet

OURS = "apps."


@register(Tags.urls)
def check_views_name_permissions(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """E001: every view says itself who may enter, instead of inheriting a default nobody reads."""
    return list(_views_without_permissions(api_routes()))


def _views_without_permissions(routes: Iterable[Route]) -> Iterator[CheckMessage]:
    for view in _our_views(routes):
        named = any("permission_classes" in vars(base) for base in view.__mro__ if base.__module__.startswith(OURS))
        if not named:
            yield Error(
                f"{view.__module__}.{view.__name__} names no permission_classes.",
                hint="Write permission_classes = [...] in the view, even if it is only IsSignedIn.",
                obj=view,
                id="careloop.E001",
            )


@register(Tags.urls)
def check_personal_views_are_scoped(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """E002: a view over rows that have `visible_to` starts from it, and cannot go around it."""
    return list(_views_without_scope(api_routes()))


def _views_without_scope(routes: Iterable[Route]) -> Iterator[CheckMessage]:
    for view in _our_views(routes):
        queryset = getattr(view, "queryset", None)
        if queryset is None or not hasattr(queryset, "visible_to"):
            continue
        if not issubclass(view, ScopedViewSet) or view.get_queryset is not ScopedViewSet.get_queryset:
            yield Error(
                f"{view.__module__}.{view.__name__} shows {queryset.model.__name__} without visible_to(caller).",
                hint="Derive it from ScopedViewSet and narrow in narrow(), not in get_queryset().",
                obj=view,
                id="careloop.E002",
            )


@register(Tags.models)
def check_no_duplicate_index(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """E003: no index repeats another one or the beginning of one; each costs every write."""
    models_to_check = (model for config in app_configs or apps.get_app_configs() for model in config.get_models())
    ours = (model for model in models_to_check if model.__module__.startswith(OURS))
    return [message for model in ours for message in _duplicate_indexes(model)]


def _duplicate_indexes(model: type[models.Model]) -> Iterator[CheckMessage]:
    indexed = list(_indexed_columns(model))
    for position, (name, columns) in enumerate(indexed):
        for other, others in indexed[:position] + indexed[position + 1 :]:
            is_prefix = others[: len(columns)] == columns
            if is_prefix and (columns != others or name > other):
                yield Error(
                    f"{model.__name__}: index {name} on {', '.join(columns)} repeats {other}.",
                    hint="Drop the shorter index (db_index=False on a foreign key); the longer one serves its queries.",
                    obj=model,
                    id="careloop.E003",
                )


def _indexed_columns(model: type[models.Model]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the plain, unconditional B-tree indexes of a model with their columns in order."""
    for field in model._meta.local_concrete_fields:
        if getattr(field, "db_index", False) or field.unique:
            yield str(field.column), (str(field.column),)
    for index in model._meta.indexes:
        if type(index) is models.Index and index.condition is None and index.fields:
            yield index.name, tuple(_column(model, name) for name in index.fields)
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and constraint.condition is None and constraint.fields:
            yield constraint.name, tuple(_column(model, name) for name in constraint.fields)


def _column(model: type[models.Model], name: str) -> str:
    field = model._meta.get_field(name.removeprefix("-"))
    column = field.column if isinstance(field, models.Field) else name
    return f"-{column}" if name.startswith("-") else str(column)


@register(Tags.admin)
def check_admin_shows_nothing_confidential(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """E004: no page of the admin lists, shows, filters or searches by a confidential column."""
    return [message for page in admin.site._registry.values() for message in _confidential_on(page)]


def _confidential_on(page: "admin.ModelAdmin[Any]") -> Iterator[CheckMessage]:
    for one in (page, *(inline(page.model, page.admin_site) for inline in page.inlines)):
        for name in _named_by(one):
            if reaches_confidential(one.model, name):
                yield Error(
                    f"{type(one).__name__} names {one.model.__name__}.{name}, which is confidential.",
                    hint="Leave it out: administrators see that a row exists, never what it says.",
                    obj=type(one),
                    id="careloop.E004",
                )


def _named_by(page: Any) -> Iterator[str]:
    """Yield every column that a page names."""
    for attribute in ("list_display", "list_filter", "search_fields", "fields", "readonly_fields", "ordering"):
        for entry in getattr(page, attribute, None) or ():
            name = entry[0] if isinstance(entry, tuple) else entry
            if isinstance(name, str):
                yield name
    yield from filter(None, [getattr(page, "date_hierarchy", None)])
    is_guarded = set(page.get_exclude(None) or ()) >= confidential_columns(page.model)
    if not is_guarded and not page.fields:
        yield from confidential_columns(page.model)


def _our_views(routes: Iterable[Route]) -> list[type[APIView]]:
    views = {route.view for route in routes if route.view.__module__.startswith(OURS)}
    return sorted(views, key=lambda view: f"{view.__module__}.{view.__name__}")
