"""Releases: the version, its tag, and files that are the same bytes in each build of the tag."""
