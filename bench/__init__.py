"""Measurements: each prints ours and its reference side by side from one run."""
