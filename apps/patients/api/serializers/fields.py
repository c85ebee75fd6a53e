"""Choices as people and older programs write them."""

SEXES = {"M": "MALE", "F": "FEMALE", "MAN": "MALE", "WOMAN": "FEMALE"}
