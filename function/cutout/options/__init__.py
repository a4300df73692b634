"""The record of options and its spellings."""
