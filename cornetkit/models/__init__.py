"""CORnet-Z, R, RT and S in torch: their steps, their timing and their weights."""

from .cornet_r import CORnetR
from .cornet_rt import CORnetRT
from .cornet_s import CORnetS
from .cornet_z import CORnetZ
from .describe import describe_checkpoint
from .installed import fetch_weights, install_weights, list_weights
from .weights_hash import hash_weights
from .zoo import MODELS, load_model

__all__ = [
    "MODELS",
    "CORnetR",
    "CORnetRT",
    "CORnetS",
    "CORnetZ",
    "describe_checkpoint",
    "fetch_weights",
    "hash_weights",
    "install_weights",
    "list_weights",
    "load_model",
]
