"""Randomness as a pure function of seed, stream and time, so that all runs agree."""

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_A = np.uint64(0xBF58476D1CE4E5B9)
_MIX_B = np.uint64(0x94D049BB133111EB)


def stream(name: str) -> int:
    """Number of a named stream of randomness; the same in every process."""
    return crc32(name.encode())


def _hashed(seed: int, stream_id: int, index: NDArray[np.int64]) -> NDArray[np.uint64]:
    """splitmix64 of (seed, stream, index); Steele, Lea and Flood 2014."""
    salt = np.uint64(((seed & 0xFFFFFFFF) << 32) | stream_id)
    with np.errstate(over="ignore"):
        x = index.astype(np.uint64) * _GOLDEN + salt * _MIX_A
        x = (x ^ (x >> np.uint64(30))) * _MIX_A
        x = (x ^ (x >> np.uint64(27))) * _MIX_B
        return x ^ (x >> np.uint64(31))


def uniform(seed: int, stream_id: int, index: NDArray[np.int64]) -> Array:
    """Uniform in [0, 1), one value per index."""
    bits = _hashed(seed, stream_id, index) >> np.uint64(11)
    return bits.astype(np.float64) / float(1 << 53)


def normal(seed: int, stream_id: int, index: NDArray[np.int64]) -> Array:
    """Nearly normal with mean 0 and deviation 1 (sum of four uniforms, so never beyond 3.5)."""
    bits = _hashed(seed, stream_id, index)
    total = np.zeros(index.shape)
    for shift in (0, 16, 32, 48):
        total += ((bits >> np.uint64(shift)) & np.uint64(0xFFFF)).astype(np.float64)
    return np.asarray((total / 65536.0 - 2.0) * np.sqrt(3.0), dtype=np.float64)


def wander(seed: int, stream_id: int, times_s: Array, period_s: float) -> Array:
    """Autocorrelated noise of deviation 1: normal values at knots, blended between them."""
    position = times_s / period_s
    knot = np.floor(position).astype(np.int64)
    share = position - knot
    late = share * share * (3.0 - 2.0 * share)
    early = 1.0 - late
    before, after = normal(seed, stream_id, knot), normal(seed, stream_id, knot + 1)
    return np.asarray(
        (early * before + late * after) / np.sqrt(early * early + late * late), dtype=np.float64
    )
