"""Small activations with objects, and subjects who choose by known rates."""

import pytest
from subjects import make_acts, make_probabilities, make_trials


@pytest.fixture
def acts():
    return make_acts()


@pytest.fixture
def probabilities():
    return make_probabilities()


@pytest.fixture
def trials(probabilities):
    return make_trials(probabilities)
