"""The image on this machine: built, run under Lambda's limits, measured."""
