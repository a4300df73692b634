"""How many calls run at once, and how many of them start cold."""

from math import exp, expm1, lgamma, log

from .prices import Assumptions

DAY_S = 86_400


def at_once(pictures_a_day: float, seconds: float, assumed: Assumptions) -> int:
    """What Lambda needs to run at a time so that nearly every call of the busiest hour finds room.

    Little's law gives the mean, rate × seconds. Calls that come independently of each other are
    then Poisson in number, however their lengths are spread.
    """
    mean = busiest_rate(pictures_a_day, assumed) * seconds
    count, covered = 0, exp(-mean)
    while covered < assumed.covered:
        count += 1
        covered += exp(count * log(mean) - mean - lgamma(count + 1))
    return max(1, count)


def busiest_rate(pictures_a_day: float, assumed: Assumptions) -> float:
    """Calls a second in the busiest hour."""
    return pictures_a_day / DAY_S * assumed.peak_factor


def cold_share(pictures_a_day: float, environments: int, assumed: Assumptions) -> float:
    """Of all calls: those before which nobody came for too long, and those that meet an environment
    which AWS has replaced. An upper bound, for few environments are busy all day."""
    alone = exp(-pictures_a_day / DAY_S * assumed.keep_warm_s)
    replaced = environments * 24 / assumed.environment_hours / pictures_a_day
    return min(1.0, alone + replaced)


def traces(pictures_a_day: float, assumed: Assumptions) -> float:
    """Recorded by X-Ray in a day: the first call of each second, and a share of the others."""
    first = DAY_S * -expm1(-pictures_a_day / DAY_S)
    return first + assumed.traced_share * (pictures_a_day - first)
