"""What a benchmark found, as one JSON object: figures with intervals, and what is needed to judge them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SCHEMA = 1

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


@dataclass(frozen=True)
class Metric:
    """One figure with its 95 % interval.

    Attributes:
        value: The figure; None where the data do not support one, and `reason` says why.
        low: Lower end of its interval; None where there is none, and `reason` says why.
        high: Upper end of its interval.
        n: How many trials it rests on (pairs, probes, photos, seeds).
        persons: How many people these trials are of; None where it does not matter.
        interval: How the interval was made, such as "bootstrap over 100 persons"; None without one.
        reason: Why there is no value or no interval, or what was left out; None where nothing is missing.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    persons: int | None = None
    interval: str | None = None
    reason: str | None = None

    def with_reason(self, reason: str) -> Metric:
        """The same figure with a remark, beside the one it has."""
        both = reason if self.reason is None else f"{self.reason}; {reason}"
        return dataclasses.replace(self, reason=both)

    def to_json(self) -> dict[str, Json]:
        """`value`, `low`, `high`, `n`, and what else is not None."""
        always = {"value": self.value, "low": self.low, "high": self.high, "n": self.n}
        more = {"persons": self.persons, "interval": self.interval, "reason": self.reason}
        return {**always, **{key: entry for key, entry in more.items() if entry is not None}}


@dataclass(frozen=True)
class Curve:
    """A line of a plot, thinned out.

    Attributes:
        x: Ascending. "roc": FAR. "cmc": rank. "open_set": FPIR. "genuine" and "impostor": the edges of the
            histogram's bins, one more than `y` has entries.
        y: "roc": TAR. "cmc": share of probes. "open_set": FNIR. "genuine" and "impostor": share of the
            pairs in each bin.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True)
class Hardware:
    """What a benchmark ran on.

    Attributes:
        cpu: The processor, in words.
        cores: How many of its cores the process may use.
        threads: How many threads PyTorch uses.
        device: Where the networks ran, in words.
        memory_gib: Main memory in GiB; None where the system does not say.
    """

    cpu: str
    cores: int
    threads: int
    device: str
    memory_gib: float | None = None


Metrics = Mapping[str, Mapping[str, Mapping[str, Metric]]]
Curves = Mapping[str, Mapping[str, Mapping[str, Curve]]]


@dataclass(frozen=True)
class Result:
    """One run of one benchmark.

    Everything that is "by recogniser and case" is nested in that order: `metrics["dlib"]["clean/clean"]`
    maps a name (`rank1`, `accuracy`, `eer`, `auc`, `tar@far=1e-3`, `fnir@fpir=1e-2`) to its figure.

    Attributes:
        benchmark: "verify", "identify", "enroll", "train", "protected" or "transfer".
        protocol: What decides which question is asked of the data: layout, split, counts, detection. Two
            results can be compared only if these are equal.
        settings: What is being tested: method, strength, surrogates, seeds of crafting.
        data: Name of a data set or list -> SHA-256 of what was used of it.
        hardware: What it ran on.
        versions: Package -> version.
        seeds: Every seed that was used, in the order of the runs.
        metrics: By recogniser and case: metric name -> figure. For "transfer" the recogniser is the victim
            and the case the surrogate.
        quality: Case -> name (`psnr`, `ssim`, `ms_ssim`, `flip`, `lpips`, `largest_change`, `mean_change`,
            `file_size_ratio`) -> figure.
        cost: Name (`seconds_per_face`, `seconds_per_photo`, `peak_memory_mib`) -> figure.
        thresholds: By recogniser and case: metric name -> the similarity at or above which two faces pass
            for the same person; None for an endless one.
        curves: By recogniser and case: name -> curve, see `Curve`.
        per_person: By recogniser and case: metric name -> for each person, in the data's order, the sum over
            their trials and the number of trials. Lets `compare` pair two results.
        timing: Stage -> seconds.
        not_measured: What this result does not say, in sentences.
    """

    benchmark: str
    protocol: Mapping[str, Json]
    settings: Mapping[str, Json]
    data: Mapping[str, str]
    hardware: Hardware
    versions: Mapping[str, str]
    metrics: Metrics
    seeds: tuple[int, ...] = ()
    quality: Mapping[str, Mapping[str, Metric]] = field(default_factory=dict)
    cost: Mapping[str, Metric] = field(default_factory=dict)
    thresholds: Mapping[str, Mapping[str, Mapping[str, float | None]]] = field(default_factory=dict)
    curves: Curves = field(default_factory=dict)
    per_person: Mapping[str, Mapping[str, Mapping[str, tuple[tuple[float, int], ...]]]] = field(
        default_factory=dict
    )
    timing: Mapping[str, float] = field(default_factory=dict)
    not_measured: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The result as JSON values, with `schema` first."""
        shallow = {entry.name: getattr(self, entry.name) for entry in dataclasses.fields(self)}
        return {"schema": SCHEMA, **{name: _plain(entry) for name, entry in shallow.items()}}

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> Result:
        """The result that `to_json` wrote; the values have been checked against the schema."""
        rest = {name: entry for name, entry in values.items() if name != "schema"}
        rest["hardware"] = Hardware(**values["hardware"])
        rest["metrics"] = _each(values["metrics"], 3, lambda entry: Metric(**entry))
        rest["quality"] = _each(values["quality"], 2, lambda entry: Metric(**entry))
        rest["cost"] = _each(values["cost"], 1, lambda entry: Metric(**entry))
        rest["curves"] = _each(values["curves"], 3, lambda entry: Curve(tuple(entry["x"]), tuple(entry["y"])))
        rest["per_person"] = _each(
            values["per_person"], 3, lambda entry: tuple((float(total), int(n)) for total, n in entry)
        )
        rest["seeds"] = tuple(values["seeds"])
        rest["not_measured"] = tuple(values["not_measured"])
        return Result(**rest)


def _plain(entry: Any) -> Any:
    if isinstance(entry, Metric):
        return entry.to_json()
    if isinstance(entry, Curve | Hardware):
        return _plain(dataclasses.asdict(entry))
    if isinstance(entry, Mapping):
        return {str(key): _plain(inner) for key, inner in entry.items()}
    if isinstance(entry, list | tuple):
        return [_plain(inner) for inner in entry]
    return entry


def _each(tree: Any, depth: int, make: Any) -> Any:
    if depth == 0:
        return make(tree)
    return {key: _each(inner, depth - 1, make) for key, inner in tree.items()}
