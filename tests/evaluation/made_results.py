"""A whole result on made-up scores, for the tests of files, comparison and report."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluation.intervals import Bootstrap, PersonSums, person_mean
from evaluation.metrics.identification import cmc, identify
from evaluation.metrics.measured_identification import identification_metrics
from evaluation.metrics.measured_verification import verification_difference, verification_metrics
from evaluation.metrics.open_set import det
from evaluation.metrics.pairs import ScoredPairs, all_pairs
from evaluation.metrics.verification import roc
from evaluation.results import Curve, Hardware, Result

PERSONS, PHOTOS = 12, 5
QUICK = Bootstrap(replicates=100)


def embeddings(noise: float, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Photos of a dozen people: a centre for each, and noise."""
    rng = np.random.default_rng(seed)
    people = np.repeat(np.arange(PERSONS), PHOTOS)
    centres = rng.normal(size=(PERSONS, 16))
    return (centres[people] + noise * rng.normal(size=(len(people), 16))).astype(np.float32), people


def made_result(noise: float = 0.8, recogniser: str = "dlib", method: str = "cloak") -> Result:
    """A result in which protected photos are noisier than clean ones."""
    clean, people = embeddings(0.4)
    protected, _ = embeddings(noise, seed=1)
    protected = (clean + noise * (protected - clean)).astype(np.float32)
    cases = {"clean/clean": clean, "protected/clean": protected}
    pairs: dict[str, ScoredPairs] = {case: all_pairs(photos, people) for case, photos in cases.items()}
    metrics, curves, sums = {}, {}, {}
    for case, photos in cases.items():
        found = identify(photos[people < 9], people[people < 9], clean[1::PHOTOS][:8], np.arange(8))
        metrics[case] = {
            **verification_metrics(pairs[case], fars=(1e-1, 1e-6), bootstrap=QUICK),
            **identification_metrics(found, people[people < 9], ranks=(1, 5), bootstrap=QUICK),
        }
        whole, open_set = roc(pairs[case].scores, pairs[case].same), det(found)
        curves[case] = {
            "roc": curve(whole.far, whole.tar),
            "cmc": curve(np.arange(1.0, 9.0), cmc(found, 8)),
            "open_set": curve(open_set.fpir, open_set.fnir),
            "genuine": histogram(pairs[case].scores[pairs[case].same]),
            "impostor": histogram(pairs[case].scores[~pairs[case].same]),
        }
        hits = PersonSums.of(found.hits(1), people[people < 9])
        sums[case] = {"rank1": tuple((float(s), int(n)) for s, n in zip(hits.sums, hits.counts, strict=True))}
    change = verification_difference(*pairs.values(), fars=(1e-1,), bootstrap=QUICK)
    metrics["protected/clean, change"] = change
    ssim = person_mean(np.linspace(0.85, 0.95, len(people)), people, QUICK)
    return Result(
        benchmark="enroll",
        protocol={"layout": "celeba", "people": PERSONS, "gallery": 1},
        settings={"method": method, "strength": "medium", "surrogates": ["dlib"]},
        data={"made up": "0" * 64},
        hardware=Hardware("a processor", 2, 1, "cpu (1 thread)", 4.0),
        versions={"python": "3.11", "faceguard": "0.1.0"},
        metrics={recogniser: metrics},
        seeds=(0,),
        quality={"protected/clean": {"ssim": ssim}},
        cost={"seconds_per_face": person_mean(np.full(len(people), 0.6), people, QUICK)},
        thresholds={recogniser: {"clean/clean": {"eer": 0.3, "tar@far=1e-1": None}}},
        curves={recogniser: curves},
        per_person={recogniser: sums},
        timing={"embedding": 1.5},
        not_measured=("Trackers that adapt were not let loose.",),
    )


def curve(x: NDArray[np.float64], y: NDArray[np.float64]) -> Curve:
    return Curve(tuple(x.tolist()), tuple(y.tolist()))


def histogram(scores: NDArray[np.float64]) -> Curve:
    counts, edges = np.histogram(scores, 20, (-1, 1))
    return curve(edges, counts / counts.sum())
