"""Fields that several doors of hospitals take."""

import math
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.core.zones import validate_zone

PHONE = r"^(\+?[0-9 ()-]{7,20})?$"
MOST_WORDS = 50


class PhoneField(serializers.RegexField):
    """A phone number, or nothing."""

    def __init__(self, **kwargs: Any) -> None:
        """Take the arguments of a CharField."""
        super().__init__(PHONE, allow_blank=True, max_length=20, **kwargs)


class ZoneField(serializers.CharField):
    """An IANA time zone."""

    def __init__(self, **kwargs: Any) -> None:
        """Take the arguments of a CharField."""
        super().__init__(max_length=64, validators=[validate_zone], help_text="IANA name.", **kwargs)


class DegreesField(serializers.FloatField):
    """One coordinate; infinity and what is no number at all are refused with the range."""

    def __init__(self, *, most: float, **kwargs: Any) -> None:
        """Take the most degrees either way, and the arguments of a FloatField."""
        super().__init__(min_value=-most, max_value=most, allow_null=True, required=False, default=None, **kwargs)

    def to_internal_value(self, data: Any) -> float:
        """Return the degrees."""
        value = super().to_internal_value(data)
        if not math.isfinite(value):
            self.fail("invalid")
        return value


class WordsField(serializers.ListField):
    """Several words or names: a list, or one text with commas (as system 002 kept them)."""

    def __init__(self, *, longest: int, **kwargs: Any) -> None:
        """Take the longest name, and the arguments of a ListField."""
        child = serializers.CharField(max_length=longest)
        super().__init__(child=child, max_length=MOST_WORDS, allow_empty=True, **kwargs)

    def to_internal_value(self, data: Any) -> list[str]:
        """Return the names, each once, in their order."""
        given = [word for word in data.split(",") if word.strip()] if isinstance(data, str) else data
        return list(dict.fromkeys(super().to_internal_value(given)))


class SecretField(serializers.CharField):
    """A password: taken as it is typed, never answered."""

    def __init__(self, **kwargs: Any) -> None:
        """Take the arguments of a CharField."""
        super().__init__(max_length=128, trim_whitespace=False, write_only=True, **kwargs)


def refuse_other_password(given: dict[str, Any]) -> None:
    """Raise ValidationError when a password was repeated differently; take the repetition out."""
    if given.pop("password_confirm", given["password"]) != given["password"]:
        raise serializers.ValidationError({"password_confirm": _("The two passwords differ.")})


def first_given(given: dict[str, Any], name: str, *others: str) -> None:
    """Let a value come under other names too: the first that is given counts."""
    values: Iterable[Any] = [given.pop(each, None) for each in (name, *others)]
    given[name] = next((value for value in values if value), "")
