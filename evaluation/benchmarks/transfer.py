"""The transfer matrix: photos crafted on one recogniser, enrolled by trackers that run others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from evaluation.benchmarks.conditions import peak_memory
from evaluation.benchmarks.enroll import enroll
from evaluation.benchmarks.enroll_settings import Case, EnrollSettings
from evaluation.benchmarks.measured import Measured
from evaluation.benchmarks.workbench import Workbench
from evaluation.datasets.validation import Validation
from evaluation.results import Metric, Result
from faceguard.errors import SettingsError

UNPROTECTED = "unprotected"
TOGETHER = "+"


def transfer(
    settings: EnrollSettings, surrogates: Sequence[str], bench: Workbench, validation: Validation
) -> Measured:
    """Measures enrolment for each surrogate in turn.

    Args:
        settings: As for the enrolment benchmark; the nearest neighbour without a defender names faces.
        surrogates: What photos are crafted on, one after the other; several joined with "+" together.
        bench: The tracker; its recognisers are the victims.
        validation: The data.

    Returns:
        By victim and surrogate, and by victim and "unprotected": `rank1`, `rank5`, `protection_rate`,
        `rank1_change`.

    Raises:
        SettingsError: There is no surrogate, or whatever the enrolment benchmark refuses.
        FaceguardError: A photo could not be protected.
    """
    names = list(dict.fromkeys(surrogates))
    if not names:
        raise SettingsError("a transfer matrix needs at least one surrogate, such as dlib")
    if settings.protected is not None:
        raise SettingsError("a transfer matrix protects photos itself: it takes no folder of protected ones")
    measured = {name: _one(settings, name, bench, validation) for name in names}
    results = {name: one.result for name, one in measured.items()}
    first = results[names[0]]
    victims = [recognizer.name for recognizer in bench.recognizers]
    merged = replace(
        first,
        benchmark="transfer",
        settings={**_shared(results), "surrogates": names},
        metrics={victim: _by_surrogate(victim, results, "metrics") for victim in victims},
        quality={name: next(iter(result.quality.values()), {}) for name, result in results.items()},
        cost={**_mean_cost(results), **peak_memory(bench.device)},
        curves={victim: _by_surrogate(victim, results, "curves") for victim in victims},
        per_person={victim: _by_surrogate(victim, results, "per_person") for victim in victims},
        timing={
            f"{name}: {stage}": seconds
            for name, result in results.items()
            for stage, seconds in result.timing.items()
        },
        not_measured=tuple(dict.fromkeys(r for result in results.values() for r in result.not_measured)),
    )
    return Measured(merged, measured[names[0]].samples)


def _one(settings: EnrollSettings, surrogates: str, bench: Workbench, validation: Validation) -> Measured:
    crafting = replace(settings.crafting, surrogates=tuple(surrogates.split(TOGETHER)))
    cases = (Case.PROTECTED_GALLERY, Case.CLEAN)
    plain = replace(settings, crafting=crafting, trackers=("nearest",), defenders=("none",), cases=cases)
    return enroll(plain, bench, validation)


def _by_surrogate(victim: str, results: Mapping[str, Result], what: str) -> dict[str, Any]:
    first = next(iter(results.values()))
    clean = getattr(first, what)[victim].get(Case.CLEAN.value)
    found = {UNPROTECTED: clean} if clean else {}
    for name, result in results.items():
        protected = getattr(result, what)[victim].get(Case.PROTECTED_GALLERY.value)
        if protected:
            found[name] = protected
    return found


def _shared(results: Mapping[str, Result]) -> dict[str, Any]:
    """The settings that are the same for all surrogates."""
    first, *others = [result.settings for result in results.values()]
    return {
        key: value
        for key, value in first.items()
        if all(other.get(key) == value for other in others) and key not in ("surrogates", "oblivious")
    }


def _mean_cost(results: Mapping[str, Result]) -> dict[str, Metric]:
    """Seconds per face and per photo over all surrogates."""
    found = {}
    for name in ("seconds_per_face", "seconds_per_photo"):
        rates = [result.cost[name] for result in results.values()]
        known = [rate for rate in rates if rate.value is not None]
        n = sum(rate.n for rate in known)
        total = sum((rate.value or 0.0) * rate.n for rate in known)
        reason = "one run for each surrogate" if n else "nothing was protected"
        found[name] = Metric(total / n if n else None, None, None, n, reason=reason)
    return found
