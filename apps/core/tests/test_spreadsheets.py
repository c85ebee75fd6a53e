"""A file for spreadsheet programs cannot make them calculate."""

import csv
import io

import pytest

from apps.core.spreadsheets import csv_lines, harmless

FORMULAS = (
    *("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", '=HYPERLINK("http://evil.example","x")'),
    *("＝1+1", "\u00a0=1", "=cmd|' /C calc'!A0"),
)


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_becomes_text(formula):
    assert harmless(formula) == f"'{formula}"


@pytest.mark.parametrize(("cell", "text"), [("Amina", "Amina"), (None, ""), (7, "7"), ("a=b", "a=b"), ("", "")])
def test_what_is_no_formula_stays(cell, text):
    assert harmless(cell) == text


def test_no_cell_breaks_out_of_its_quotes_into_one_of_its_own():
    """A separator, a quote or a line's end inside a cell would begin a new cell, whose first sign nobody looked at."""
    attack = 'x",=1+1\r\n=2+2;=3\t=4'
    [row] = csv.reader(io.StringIO("".join(csv_lines([[attack, *FORMULAS]]))))
    assert row[0] == attack
    assert [cell[0] for cell in row[1:]] == ["'"] * len(FORMULAS)
