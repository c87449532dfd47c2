"""Jobs side by side: the same results in the same order, however many threads there are."""

from threading import Lock
from time import sleep

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController

from cornetkit.kernels.threads import each_side_by_side, side_by_side


def blas_threads():
    found = ThreadpoolController().select(user_api="blas").info()
    return max((each["num_threads"] for each in found), default=1)


@pytest.mark.parametrize("limit", [1, 2, 3])
@pytest.mark.parametrize("n_parts", [0, 1, 5])
def test_results_are_in_the_order_of_the_parts(limit, n_parts):
    with ThreadpoolController().limit(limits=limit, user_api="blas"):
        assert each_side_by_side(lambda k: k * k, range(n_parts)) == [k * k for k in range(n_parts)]


def test_no_more_parts_are_worked_on_at_once_than_asked_for():
    going, most, lock = [0], [0], Lock()

    def work(_):
        with lock:
            going[0] += 1
            most[0] = max(most[0], going[0])
        sleep(0.01)
        with lock:
            going[0] -= 1

    with ThreadpoolController().limit(limits=4, user_api="blas"):
        each_side_by_side(work, range(8), most=2)
        assert most[0] <= 2
        assert sum(side_by_side(len, range(8))) == 8


def test_blas_has_its_threads_again_afterwards():
    before = blas_threads()
    inside = each_side_by_side(lambda _: blas_threads(), [0, 1])
    assert set(inside) <= {1}
    assert blas_threads() == before


def test_an_error_of_a_part_is_raised():
    def work(k):
        if k == 3:
            raise ValueError("part 3")
        return np.zeros(k)

    with pytest.raises(ValueError, match="part 3"):
        each_side_by_side(work, range(5))
