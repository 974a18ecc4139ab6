"""Measure a Setup on held-out examples, with intervals and paired tests."""
