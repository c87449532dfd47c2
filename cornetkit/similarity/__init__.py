"""Representational similarity: RDMs, their comparison and ceilings, CKA, bridge to rsatoolbox."""

from .ceilings import rdm_ceiling
from .cka import cka
from .compare import compare_rdms
from .differences import compare_rsa
from .distances import rdm
from .files import open_rdms, save_rdms
from .forms import to_form
from .one_to_one import one_to_one
from .result_files import open_rsa, save_rsa
from .rsa import rsa
from .soft_matching import soft_matching
from .sources import kind_of
from .table import rsa_table
from .toolbox import from_rsatoolbox, to_rsatoolbox

__all__ = [
    "cka",
    "compare_rdms",
    "compare_rsa",
    "from_rsatoolbox",
    "kind_of",
    "one_to_one",
    "open_rdms",
    "open_rsa",
    "rdm",
    "rdm_ceiling",
    "rsa",
    "rsa_table",
    "save_rdms",
    "save_rsa",
    "soft_matching",
    "to_form",
    "to_rsatoolbox",
]
