"""How long work takes while ever more are at work."""

from math import inf, sqrt

from .book import Growth


def seconds(work: float, room: float, growth: Growth) -> float:
    """work in seconds of one who works at it alone; room is how many there may be in the end."""
    if growth.start >= room:
        return work / room
    grows_s = (room - growth.start) / growth.each_s
    if work <= _done(grows_s, growth):
        return _until(work, growth)
    return grows_s + (work - _done(grows_s, growth)) / room


def _done(after_s: float, growth: Growth) -> float:
    """start × t + each × t² / 2"""
    return growth.start * after_s + growth.each_s * after_s**2 / 2 if after_s < inf else inf


def _until(work: float, growth: Growth) -> float:
    """Where that is so much."""
    start, each = growth.start, growth.each_s
    return (sqrt(start**2 + 2 * each * work) - start) / each
