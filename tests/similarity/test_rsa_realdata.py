"""Numbers that were published, or computed independently, on real RDMs and recordings."""

import numpy as np
import pytest

import cornetkit as ck
from cornetkit.kernels.pairs import condense

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning"),
]


@pytest.fixture(scope="module")
def rdms(shared_folder):
    path = shared_folder / "data" / "rsa_92images" / "rdms.nc"
    if not path.exists():
        pytest.skip("no RDMs of the 92 images")
    return path


@pytest.fixture(scope="module")
def sessions(rdms):
    """Human IT, 4 people x 2 sessions."""
    opened = ck.open_rdms(rdms, group="human_IT_sessions")
    people = [label.split(" | ")[1] for label in opened["subject"].values]
    return opened.assign_coords(person=("subject", people))


def test_monkey_and_human_it(rdms, sessions):
    monkey = ck.open_rdms(rdms, group="monkey_IT")
    for metric, expected in (("pearson", 0.4912), ("spearman", 0.4389)):
        found = ck.compare_rdms(monkey, sessions.mean("subject"), metric)
        assert float(found[0]) == pytest.approx(expected, abs=5e-5)


def test_ceilings_of_human_it_leave_people_out(sessions):
    found = ck.rdm_ceiling(sessions, subjects="person")
    assert float(found["ceiling_lower"]) == pytest.approx(0.379, abs=5e-4)
    assert float(found["ceiling_upper"]) == pytest.approx(0.661, abs=5e-4)


@pytest.mark.parametrize(
    ("group", "upper", "lower"),
    [("human_EVC_fmri", 0.1589, 0.0686), ("human_IT_fmri", 0.3075, 0.2264)],
)
def test_mean_squared_ceilings_of_fmri(rdms, group, upper, lower):
    found = ck.rdm_ceiling(rdms, group=group)
    assert float((found["upper"] ** 2).mean()) == pytest.approx(upper, abs=5e-5)
    assert float((found["lower"] ** 2).mean()) == pytest.approx(lower, abs=5e-5)


@pytest.mark.parametrize(
    ("model", "evc", "it"), [("Silhouette", 0.509, 0.243), ("animacy", 0.056, 0.467)]
)
def test_models_against_the_mean_of_the_group(rdms, model, evc, it):
    models = ck.open_rdms(rdms, group="models").sel(model=model)
    for group, expected in (("human_EVC_fmri", evc), ("human_IT_fmri", it)):
        brain = ck.open_rdms(rdms, group=group).mean("subject")
        assert float(ck.compare_rdms(models, brain)) == pytest.approx(expected, abs=5e-4)


def test_models_stay_below_the_upper_ceiling(rdms):
    models = ck.open_rdms(rdms, group="models")
    result = ck.rsa(models, rdms, group="human_IT_fmri", pool="normalized")
    assert float(result["score"].max()) < float(result["ceiling_upper"])


def test_crossnobis_of_it_is_about_zero_before_the_stimulus(shared_folder):
    recordings = ck.open_recordings(shared_folder / "data" / "it_zhang_desimone" / "it.nc")
    found = {}
    for metric in ("crossnobis", "mahalanobis"):
        before = ck.rdm(recordings, metric, window=(-200, 0), noise="diagonal")
        after = ck.rdm(recordings, metric, window=(100, 300), noise="diagonal")
        found[metric] = [float(condense(x.values).mean()) for x in (before, after)]
    before, after = found["crossnobis"]
    assert abs(before) < 0.03 * after
    # Noise alone has a distance of .1 in each of these, 2 over 20 repetitions.
    assert found["mahalanobis"][0] == pytest.approx(0.1 + before, abs=0.01)


def test_ceilings_of_it_rise_after_onset(shared_folder):
    recordings = ck.open_recordings(shared_folder / "data" / "it_zhang_desimone" / "it.nc")
    before = ck.rdm_ceiling(recordings, window=(-200, 0), n_halves=10)
    after = ck.rdm_ceiling(recordings, window=(100, 300), n_halves=10)
    assert abs(float(before["ceiling_lower"][0])) < 0.15
    assert float(after["ceiling_lower"][0]) > 0.5
    assert np.isfinite(float(after["ceiling_upper"][0]))
