"""Demo data: a small hospital with people in it, and one patient's record."""

from apps.overview.demo.loading import PASSWORD, load_demo_data

__all__ = ["PASSWORD", "load_demo_data"]
