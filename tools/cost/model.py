"""Computes the dollars, hours and concurrency of pictures that come by one way in."""

from dataclasses import dataclass
from math import ceil, exp, expm1, lgamma, log

from .inputs import Inputs, Run, Way

GB = 1024**3  # as AWS counts memory and bytes
DAY_S, HOUR_S = 86_400, 3600


@dataclass(frozen=True)
class Load:
    pictures: float
    seconds: float  # in which they come
    starts: float  # cold starts


@dataclass(frozen=True)
class Case:
    run: Run
    way: Way
    inputs: Inputs

    @property
    def worker_s(self) -> float:
        """The seconds of a warm worker that Lambda bills for one picture."""
        waits, assumed, calls = self.way.waits, self.inputs.assumed, self.way.worker_calls
        waits_ms = sum(count * assumed[f"{name}_ms"] for name, count in waits.items())
        stream_ms = 1000 * self.slow_bytes / self.inputs.streaming["bytes_a_second"]
        return ceil((self.run.warm_ms + waits_ms + stream_ms) / calls) * calls / 1000

    @property
    def slow_bytes(self) -> int:
        """The bytes of a streamed response that Lambda charges and sends slowly."""
        first = self.inputs.streaming["first_bytes"] if self.way.streams else self.run.out_bytes
        return max(0, self.run.out_bytes - first)

    @property
    def start_s(self) -> float:
        """The seconds by which the first call of a new environment exceeds a warm one."""
        return (self.run.init_ms + self.run.first_ms - self.run.warm_ms) / 1000

    def at_once(self, pictures_a_day: float) -> int:
        """Return how many run at once when nearly every call of the busiest hour finds room.
        Independent calls are Poisson-distributed in number, with Little's law for the mean."""
        mean = pictures_a_day / DAY_S * self.inputs.assumed["peak_factor"] * self.worker_s
        count, covered = 0, exp(-mean)
        while covered < self.inputs.assumed["covered"]:
            count += 1
            covered += exp(count * log(mean) - mean - lgamma(count + 1))
        return max(1, count)

    def steady(self, pictures_a_day: float) -> Load:
        """Return the load of one month in which so many pictures come every day."""
        assumed, calls = self.inputs.assumed, pictures_a_day * self.way.worker_calls
        idle = exp(-calls / DAY_S * assumed["keep_warm_s"])
        # An upper bound: few environments are busy, and so replaced, all day.
        replaced = self.at_once(pictures_a_day) * 24 / assumed["environment_hours"] / calls
        days = assumed["days_a_month"]
        return Load(pictures_a_day * days, DAY_S * days, calls * days * min(1.0, idle + replaced))

    def backlog(self, pictures: float, concurrency: int) -> Load:
        """Return the load of so many pictures that wait to be processed."""
        replaced = pictures * self.worker_s / HOUR_S / self.inputs.assumed["environment_hours"]
        worked_s = pictures / min(self.rates(concurrency).values())
        seconds = self.start_s + max(worked_s, self.worker_s / self.way.worker_calls)
        starts = replaced + min(concurrency, pictures * self.way.worker_calls)
        return Load(pictures, seconds + pictures * self.way.serial_ms / 1000, starts)

    def rates(self, concurrency: int) -> dict[str, float]:
        """Return the pictures a second that each limit lets through. Limits that are settings
        count at the default concurrency only."""
        rates = {f"`{self.way.concurrency['parameter']}`": concurrency / self.worker_s}
        for name, requests in self.way.requests.items():
            limit = self.inputs.limits[name]
            if concurrency == self.way.concurrency["default"] or "is_setting" not in limit:
                rates[limit["what"]] = limit["each_s"] / requests
        return rates

    def dollars(self, load: Load, *, counts_free: bool = False) -> dict[str, float]:
        """Return the dollars of a load by the parts of the bill: at list prices, or of one month
        after what is free in each."""
        parts = dict.fromkeys((price.part for price in self.inputs.prices.values()), 0.0)
        for name, units in self.units(load).items():
            price = self.inputs.prices[name]
            parts[price.part] += price.dollars(units, counts_free=counts_free)
        return parts

    def units(self, load: Load) -> dict[str, float]:
        """Return the units of each price that a load uses, by the price's name."""
        run, way, assumed = self.run, self.way, self.inputs.assumed
        units = {name: count * load.pictures for name, count in way.units.items()}
        calls = units["lambda_request"]
        log_bytes = run.log_bytes * load.pictures + assumed["platform_log_bytes"] * calls
        log_bytes += assumed["access_log_bytes"] * units.get("api_call", 0)
        # The seconds with at least one of the calls, which come independently of each other
        first_calls = load.seconds * -expm1(-calls / load.seconds) * way.traces_first
        picture_s = self.worker_s + (way.api_ms + way.serial_ms) / 1000
        lambda_s = load.pictures * picture_s + load.starts * self.start_s
        gb_in, gb_out = (load.pictures * size / GB for size in (run.in_bytes, run.out_bytes))
        if way.streams:
            further = ceil(run.out_bytes / self.inputs.streaming["bytes_a_call"]) - 1
            units["api_call"] += further * load.pictures
            units["stream_gb"] = self.slow_bytes * load.pictures / GB
        units |= {
            "gb_second_x86_64": assumed["memory_mb"] / 1024 * lambda_s,
            "log_gb": log_bytes / GB,
            "trace": first_calls + assumed["traced_share"] * (calls - first_calls),
            "s3_gb_month": (gb_in + gb_out) * way.kept_hours / 24 / assumed["days_a_month"],
        }
        moved = {way.bytes_in: gb_in, way.bytes_out: gb_out}
        return units | {name: gb for name, gb in moved.items() if name}
