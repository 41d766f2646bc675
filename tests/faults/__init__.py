"""Fault runs: the real processes are killed and cut off; the fake platforms' ledgers say what it did."""
