"""CORnet-Z, R, RT and S in torch: their steps, their timing and their weights."""

from .cornet_r import CORnetR
from .cornet_rt import CORnetRT
from .cornet_s import CORnetS
from .cornet_z import CORnetZ
from .weights_hash import hash_weights
from .zoo import MODELS, load_model

__all__ = ["MODELS", "CORnetR", "CORnetRT", "CORnetS", "CORnetZ", "hash_weights", "load_model"]
