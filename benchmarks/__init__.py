"""Measurements: each module is a command, as `python -m benchmarks.pages`; none of them is a test."""
