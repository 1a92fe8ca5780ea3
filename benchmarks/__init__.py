"""Measurements against rivals, as ratios taken in one run: ``python -m benchmarks.run``."""
