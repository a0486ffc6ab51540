"""faceguard beside torchattacks, foolbox and ART: the time to the same effect, on the same faces.

The network is the same for all, and so are the aligned faces, batches of 16, and the budget of 8/255. The
libraries get it as a PyTorch module in float32, channels-last; faceguard lays it out anew and chooses its own
arithmetic, and `plain PGD, faceguard's network` shows what of its lead that is. Each library runs its PGD
with a random start, with its usual step and with others; its best one counts. How many steps the effect takes
is searched for first, then that many are timed, all in turn. Whatever a library does around its steps is part
of its time; so are the clean embeddings, and for faceguard rounding into the photo.

The effect: the mean similarity to the clean embeddings falls to half of what it is for the untouched faces.
Similarity is the cosine on a scale on which the face itself is 1 and strangers among the same faces are 0:
dlib gives strangers a cosine of 0.83, and no attack within the budget brings a face to 0.5, so that half of
the plain cosine would compare nothing. Where strangers have a cosine of 0 the two are the same; `--plain`
takes the cosine as it is.

What is honest to compare? The libraries perturb the aligned crop that the network is shown, and nothing else:
nobody can publish that. faceguard perturbs the photo, so that the effect outlives resizing, compression and
landmarks that fall elsewhere, which is the harder thing. So the effect is judged in three places, and a claim
to be faster has to say in which:

crop   the crop itself, rounded to whole steps of 255: the libraries' home, and more than their user gets.
       faceguard is judged on the same crop of its photo.
photo  the libraries' perturbation is carried back into the photo (bilinear, rounded, clipped to the budget),
       for which they are charged nothing, and the photo's crop is judged: the same thing for all.
copy   an ordinary copy of that photo, half the size and JPEG quality 75, as a tracker gets it: what protects.

At last each is given the time of faceguard's usual cloak, to see how far it comes in every place.
`faceguard, no views` is the same solver that looks at the plain crop only, as the libraries do. Missing
libraries are left out with a note: pip install --no-deps torchattacks, or foolbox eagerpy GitPython gitdb
smmap, or adversarial-robustness-toolbox six.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch.nn import functional as F

import recognizers
from benchmarks.bench import Bench
from benchmarks.contenders import PLACES, Contender, CropContender, FaceguardContender, Faces
from benchmarks.figure import Fact, Figure
from benchmarks.first_true import first_true
from benchmarks.measurement import taking_turns
from benchmarks.peer_attacks import EPSILON, PEERS
from benchmarks.subjects import subjects
from faceguard import methods
from faceguard.cli.argument_types import share, whole

_BATCH = 16
_STEP_SIZES = (0.5, 1.0, 2.0, 4.0, 8.0)  # of 255
_STEPS_TO_TELL = 10  # what one step costs
_OURS = "faceguard"

Cosines = Mapping[str, float]
"""Place -> mean cosine to the clean embeddings."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds whose network, how many faces, and how far to go."""
    parser.add_argument("--recogniser", default="dlib", metavar="NAME", help="default: dlib")
    parser.add_argument("--faces", type=whole(1), default=32, metavar="N", help="default: 32")
    parser.add_argument(
        "--effects", nargs="+", type=share, default=[0.5], metavar="SHARE",
        help="what is left of the similarity (default: 0.5)",
    )  # fmt: skip
    parser.add_argument(
        "--plain", action="store_true", help="take the cosine as it is, whatever strangers have"
    )
    parser.add_argument(
        "--most-steps", type=whole(1), default=60, metavar="N", help="where the search gives up (default: 60)"
    )
    parser.add_argument(
        "--step-sizes", nargs="*", type=float, default=list(_STEP_SIZES), metavar="S",
        help="tried beside each library's usual one, in steps of 255 (default: 0.5 1 2 4 8)",
    )  # fmt: skip


def measure(bench: Bench, options: argparse.Namespace) -> Iterator[Figure]:
    """For each effect and place: who needs how long; then what is reached in equal time."""
    recogniser = recognizers.load(options.recogniser, bench.device)
    everyone = subjects(bench, 2 if bench.quick else options.faces)
    batches = [
        Faces(everyone[i : i + _BATCH], recogniser, bench.device) for i in range(0, len(everyone), _BATCH)
    ]
    floor = 0.0 if options.plain else strangers(batches)
    if not floor:
        bench.note(
            "the cosine is taken as it is" + ("" if options.plain else ": no two people are among the faces")
        )
    yield Figure("strangers/cosine", "cosine", (floor,))
    arena = Arena(batches, bench, floor)
    start = _untouched(batches)
    for place in PLACES[1:]:
        yield Figure(f"untouched/cosine/{place}", "cosine", (start[place],), more_is_better=True)
    most = 16 if bench.quick else options.most_steps
    everybody = _contenders(bench, [8.0] if bench.quick else options.step_sizes)
    for effect in options.effects:
        for place in PLACES:
            target = floor + effect * (start[place] - floor)
            best: dict[str, Reached] = {}
            for name, tried in everybody.items():
                found = [arena.first_step(each, place, target, most) for each in tried]
                reached = [each for each in found if each is not None]
                if reached:
                    best[name] = min(reached, key=lambda each: each.steps)
                else:
                    bench.note(f"{effect:g}/{place}: {name} does not get there in {most} steps")
            yield from _times(arena, f"{effect:g}/{place}", place, best)
    yield from _equal_time(arena, everybody)


@dataclass(frozen=True)
class Reached:
    """Who reached the effect, and in how many steps."""

    contender: Contender
    steps: int


@dataclass(frozen=True)
class Arena:
    """The faces, and what is known already of who makes what of them.

    Attributes:
        batches: The faces.
        bench: The conditions.
        floor: The cosine that stands for no similarity at all.
        known: Name, size of the steps and their number -> what was found; grows.
    """

    batches: Sequence[Faces]
    bench: Bench
    floor: float
    known: dict[tuple[str, float | None, int], Cosines] = field(default_factory=dict)

    @property
    def faces(self) -> int:
        """How many there are."""
        return sum(len(batch.subjects) for batch in self.batches)

    def run(self, contender: Contender, steps: int) -> Callable[[], list[object]]:
        """All batches, one after the other."""
        return lambda: [contender.craft(batch, steps) for batch in self.batches]

    def cosines(self, contender: Contender, steps: int) -> Cosines:
        """What is left after so many steps."""
        key = (contender.name, contender.step, steps)
        if key not in self.known:
            torch.manual_seed(0)
            np.random.seed(0)  # noqa: NPY002 - ART draws from it
            crafted = self.run(contender, steps)()
            judged = [contender.judged(*each) for each in zip(self.batches, crafted, strict=True)]
            self.known[key] = {
                place: float(torch.cat([each[place] for each in judged]).mean()) for place in PLACES
            }
        return self.known[key]

    def first_step(self, contender: Contender, place: str, target: float, most: int) -> Reached | None:
        """The fewest steps to a cosine of the target at most; None where `most` are not enough."""
        steps = first_true(lambda steps: self.cosines(contender, steps)[place] <= target, most)
        return None if steps is None else Reached(contender, steps)


def strangers(batches: Sequence[Faces]) -> float:
    """The mean cosine of two faces that the recogniser itself takes for two people; 0 without such a pair."""
    clean = torch.cat([batch.clean for batch in batches])
    threshold = batches[0].recogniser.threshold
    first, second = torch.triu_indices(len(clean), len(clean), offset=1)
    if threshold is not None:
        apart = ~threshold.same_person(clean[first], clean[second])
        first, second = first[apart], second[apart]
    return float(F.cosine_similarity(clean[first], clean[second]).mean()) if len(first) else 0.0


def _untouched(batches: Sequence[Faces]) -> Cosines:
    photos = [[subject.pixels for subject in batch.subjects] for batch in batches]
    found = {
        "crop": [batch.in_crops(batch.crops) for batch in batches],
        "photo": [batch.in_photos(its) for batch, its in zip(batches, photos, strict=True)],
        "copy": [batch.in_copies(its) for batch, its in zip(batches, photos, strict=True)],
    }
    return {place: float(torch.cat(each).mean()) for place, each in found.items()}


def _contenders(bench: Bench, sizes: Sequence[float]) -> dict[str, list[Contender]]:
    """Who takes part, each with every size of its steps."""
    ours = FaceguardContender(_OURS), FaceguardContender(f"{_OURS}, no views", views=False)
    found: dict[str, list[Contender]] = {each.name: [each] for each in ours}
    for peer in PEERS:
        if peer.version is None:
            bench.note(f"{peer.name}: left out, {peer.package} is not installed")
            continue
        if peer.version:
            bench.note(f"{peer.name}: {peer.package} {peer.version}")
        usual = [] if bench.quick else [peer.usual_step]
        every = [*usual, *(size / 255 for size in sizes)]
        found[peer.name] = [CropContender(peer, size) for size in dict.fromkeys(every)]
    return found


def _times(arena: Arena, title: str, place: str, best: Mapping[str, Reached]) -> Iterator[Figure]:
    """Seconds a face to the effect, all in turn, and how many times faceguard's that is."""
    works = {name: arena.run(each.contender, each.steps) for name, each in best.items()}
    seconds = taking_turns(works, arena.bench.clock, repeats=arena.bench.repeats)
    for name, reached in best.items():
        values = tuple(each / arena.faces for each in seconds[name])
        cosines = arena.cosines(reached.contender, reached.steps)
        effect = (1 - cosines[place]) / (1 - arena.floor)
        facts: dict[str, Fact] = {
            "steps": reached.steps,
            "step of 255": reached.contender.step,
            "faces": arena.faces,
            **{f"cosine in {each}": cosines[each] for each in PLACES},
            "effect a second": effect / float(np.median(values)),
        }
        yield Figure(f"{title}/{name}/time to the effect", "s a face", values, facts=facts)
    for name in best:
        if _OURS in best and name != _OURS:
            ratios = tuple(theirs / own for theirs, own in zip(seconds[name], seconds[_OURS], strict=True))
            yield Figure(f"{title}/{name}/times as long as faceguard", "times", ratios, more_is_better=True)


def _equal_time(arena: Arena, everybody: Mapping[str, Sequence[Contender]]) -> Iterator[Figure]:
    """What each reaches while faceguard's usual cloak is made, with the step that is best in a copy."""
    usual = 2 if arena.bench.quick else methods.load_cloak("cloak", EPSILON * 255).solver.steps
    tried = 2 if arena.bench.quick else _STEPS_TO_TELL
    works = {name: arena.run(each[0], usual if name == _OURS else tried) for name, each in everybody.items()}
    seconds = taking_turns(works, arena.bench.clock, repeats=min(3, arena.bench.repeats))
    medians = {name: float(np.median(each)) for name, each in seconds.items()}
    for name, each in everybody.items():
        steps = usual if name == _OURS else max(1, int(medians[_OURS] / (medians[name] / tried)))
        cosines = [arena.cosines(one, steps) for one in each]
        best = min(range(len(each)), key=lambda one: cosines[one]["copy"])
        facts: dict[str, Fact] = {
            "s a face": medians[_OURS] / arena.faces,
            "steps": steps,
            "step of 255": each[best].step,
        }
        for place in PLACES:
            yield Figure(f"equal time/{name}/cosine/{place}", "cosine", (cosines[best][place],), facts=facts)
