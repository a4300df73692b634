"""Measure the quality of cutouts: all tools on the same pictures, against their ground truth."""
