"""The first page of the admin: what waits, how the house is doing, and how telling people goes."""

from apps.overview.admin.first_page import dashboard

__all__ = ["dashboard"]
