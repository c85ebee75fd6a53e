"""Bare programs that do only the work itself: what everything else is measured against."""
