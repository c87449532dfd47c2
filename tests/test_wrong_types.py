"""Arguments of another type than they ask for are one line, whatever takes them."""

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck

pytestmark = pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")


@pytest.fixture(scope="module")
def both():
    values = np.random.default_rng(0).normal(size=(40, 3, 6))
    ids = [f"s{k:02d}" for k in range(40)]
    acts = xr.DataArray(
        values,
        dims=("stimulus", "time", "unit"),
        coords={"stimulus": ids, "time": [0, 1, 2], "area": "IT"},
    )
    trials = ck.simulate_recordings(acts, (0, 1, 2), n_neuroids=4, n_dimensions=6)
    return acts, trials


@pytest.mark.parametrize(
    ("function", "settings", "message"),
    [
        ("predict", {"areas": 3}, "areas=3 was given; expected a name, or several"),
        ("predict", {"alphas": [1, "a"]}, "expected numbers above 0, such as"),
        ("predict", {"groups": ["movie"]}, "groups=.* expected the name of one coordinate"),
        ("predict", {"protocol": ["brainscore"]}, "unknown protocol"),
        ("predict", {"normalization": []}, "unknown normalization"),
        ("predict", {"bins": "20"}, "bins='20' was given; expected a number of ms above 0"),
        ("predict", {"stack": 2}, "stack=2 was given; expected a name"),
        ("predict", {"match_reliability": 1}, "match_reliability=1 was given; expected a name"),
        ("predict", {"bootstrap": 50, "resample": 1}, "resample=1 was given; expected a name"),
        ("ceiling", {"stimuli": 7}, "stimuli=7 was given; expected a name, or several"),
        ("rsa", {"permutations": 99, "alpha": "x"}, "alpha='x' was given; expected a share"),
        ("rsa", {"bootstrap": 50, "confidence": "x"}, "confidence='x' was given; expected a share"),
        ("cka", {"resample": 3}, "resample=3 is about the intervals of a bootstrap"),
        ("one_to_one", {"n_halves": 2.5}, "n_halves must be a whole number, not 2.5"),
        ("soft_matching", {"n_halves": 0}, "n_halves=0 was given; expected 1 or more"),
        ("reverse_predict", {"alphas": "x"}, "alphas='x' was given; expected numbers"),
        ("reverse_predict", {"n_predictors": 2.5}, "n_predictors must be a whole number"),
        ("error_modes", {"alpha": "x"}, "alpha='x' was given; expected a number above 0"),
        ("error_modes", {"n_train": "x"}, "each of n_train must be a whole number"),
        ("align", {"family": 2}, "family=2 was given; expected a name, or several"),
        ("latency", {"window": "50"}, "window='50' was given; expected a number of ms"),
        ("latency", {"alpha": "x"}, "alpha='x' was given"),
        ("trajectories", {"train_fraction": "x"}, "train_fraction='x' was given"),
        ("power", {"level": "x", "n_simulations": 3}, "level='x' was given"),
        ("power", {"trial_reliability": "x", "n_simulations": 3}, "trial_reliability='x' was"),
        ("simulate_recordings", {"n_repetitions": 2.5}, "n_repetitions must be a whole number"),
        ("simulate_recordings", {"onset_ms": "x"}, "onset_ms='x' was given; expected ms"),
        ("simulate_recordings", {"reliability": "x"}, "reliability='x' was given"),
    ],
)
def test_a_wrong_type_is_one_line(both, function, settings, message):
    acts, trials = both
    given = {
        "ceiling": (trials,),
        "latency": (trials,),
        "trajectories": (trials,),
        "power": (acts,),
        "simulate_recordings": (acts, (0, 1)),
    }.get(function, (acts, trials))
    with pytest.raises(ck.CornetkitError, match=message):
        getattr(ck, function)(*given, **settings)
