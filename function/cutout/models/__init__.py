"""Fetch, verify, calibrate and quantize the networks: `make models`."""
