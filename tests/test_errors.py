"""Errors in words."""

import pytest

from cornetkit import errors
from cornetkit.errors import CornetkitError, did_you_mean, listing, unknown_name

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, CornetkitError)
]


def test_listing_is_cut_and_says_how_many_more():
    assert listing("abc") == "a, b, c"
    assert listing("abcdefgh", 3) == "a, b, c and 5 more"
    assert listing([]) == ""
    assert listing([1, None]) == "1, None"


def test_the_nearest_name_is_offered_whatever_its_case():
    assert did_you_mean("it", ["V4", "IT"]) == " (did you mean 'IT'?)"
    assert did_you_mean("rigde", ["ridge", "pls"]) == " (did you mean 'ridge'?)"
    assert did_you_mean("ti", ["V4", "IT"]) == " (did you mean 'IT'?)"


@pytest.mark.parametrize(
    ("name", "known"),
    [("nonsense", ["V4", "IT"]), ("pics", ["images", "reps"]), ("V5", ["V4", "IT"])],
)
def test_another_word_is_not_offered(name, known):
    assert did_you_mean(name, known) == ""


def test_unknown_names_say_what_is_known():
    error = unknown_name("area", "it", ["V4", "IT"])
    assert str(error) == "unknown area 'it' (did you mean 'IT'?); known: V4, IT"


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_caught_as_one_kind(kind):
    with pytest.raises(CornetkitError):
        raise kind("what was given, what was expected, how to mend it")


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.InputError, ValueError),
        (errors.StimulusMismatchError, ValueError),
        (errors.UnknownNameError, ValueError),
        (errors.FileError, OSError),
        (errors.MissingExtraError, ImportError),
    ],
)
def test_errors_are_the_builtin_ones_too(kind, builtin):
    assert issubclass(kind, builtin)


@pytest.mark.parametrize("kind", KINDS)
def test_the_message_is_what_was_said(kind):
    assert str(kind("one line")) == "one line"


def test_notes_are_user_warnings():
    assert issubclass(errors.CornetkitWarning, UserWarning)
