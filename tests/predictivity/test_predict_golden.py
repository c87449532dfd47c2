"""Published protocols on seeded data: scores that were computed elsewhere with their own code."""

import numpy as np
import pytest

import cornetkit as ck


def found(golden, **settings):
    scores = ck.predict(
        golden.features, golden.recordings, protocol="brainscore", progress=False, **settings
    )
    return scores["score"].item(), scores["score_error"].item()


def test_pls_stratified(golden):
    np.testing.assert_allclose(found(golden), (0.7863193590, 0.0097236036), atol=1e-4)


def test_pls_unstratified(golden):
    np.testing.assert_allclose(
        found(golden, stratify=False), (0.7774902104, 0.0108250123), atol=1e-4
    )


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"method": "ridge", "alphas": 1.0}, (0.8206164585, 0.0090442501)),
        ({"method": "ols"}, (0.8053521857, 0.0102810112)),
        ({"method": "ridge"}, (0.8456226843, 0.0076564492)),
        ({"method": "best-unit"}, (0.24887395, 0.02080170)),
    ],
    ids=["ridge of penalty 1", "least squares", "tuned ridge", "best unit"],
)
def test_other_methods_stratified(golden, settings, expected):
    np.testing.assert_allclose(found(golden, **settings), expected, atol=1e-6)


def test_tuned_ridge_offers_99_penalties_and_takes_one_for_all_neuroids(golden):
    scores = ck.predict(golden.features, golden.recordings, protocol="brainscore", method="ridge")
    assert scores.attrs["alphas"] == "brainscore"
    assert (scores["alpha"] == scores["alpha"].isel(neuroid=0)).all()


def test_ceiling(golden):
    ceiling = ck.ceiling(golden.recordings, method="brainscore")
    result = ceiling["ceiling_score"].item(), ceiling["ceiling_error"].item()
    np.testing.assert_allclose(result, (0.8529010887, 0.0018561795), atol=1e-6)


def test_scores_carry_the_ceiling_of_their_protocol(golden):
    scores = ck.predict(golden.features, golden.recordings, protocol="brainscore")
    assert scores["ceiling_score"].item() == pytest.approx(0.8529010887, abs=1e-6)
    assert scores["normalized"].item() == pytest.approx(0.7863193590**2 / 0.8529010887, abs=3e-4)


def test_the_protocol_stratifies_where_the_coordinate_is_there_and_says_so(golden):
    without = golden.recordings.drop_vars("object_name")
    stratified = ck.predict(golden.features, golden.recordings, protocol="brainscore")
    with pytest.warns(ck.CornetkitWarning, match="by object_name, which the recordings do not"):
        plain = ck.predict(golden.features, without, protocol="brainscore")
    assert stratified.attrs["stratify"] == "object_name"
    assert plain.attrs["stratify"] == "none"
    assert plain["score"].item() == found(golden, stratify=False)[0]
