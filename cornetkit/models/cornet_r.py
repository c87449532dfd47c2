"""CORnet-R, the legacy unrolling: one sweep through all areas a step."""

from __future__ import annotations

from .recurrent_network import RecurrentCORnet


class CORnetR(RecurrentCORnet):
    """CORnet-R: within a step each area reads its predecessor's output of the same step.

    At step 0 only V1 has input. From step 1 on the image reaches all areas at once.

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

    letter = "R"
    reads_same_step = True
