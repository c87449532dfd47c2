"""CORnet-RT, biological unrolling: one area a step."""

from __future__ import annotations

from .recurrent_network import RecurrentCORnet


class CORnetRT(RecurrentCORnet):
    """CORnet-RT: at step t each area reads its predecessor's output of step t - 1.

    The image needs one step an area, so that IT depends on it only from step 3 on. Before,
    its output is the same map for every image (and not zero).

    Parameters
    ----------
    times
        Steps of every area, 1 or more.
    num_classes
        Outputs of the decoder.

    References
    ----------
    Kubilius et al. 2018, CORnet: Modeling the Neural Mechanisms of Core Object Recognition.
    """

    letter = "RT"
    reads_same_step = False
