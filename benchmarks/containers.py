"""The docker wall against what it can't get under: `docker run --rm` of the same image, with nothing to do in it.

Both have two containers at once, with the same options around them.
"""

from __future__ import annotations

from benchmarks import peers
from benchmarks.measure import RUNS, Figure, in_turn, together
from grader.sandbox import engine, image

COUNT = 12


def floor() -> float:
    """Seconds a container that does nothing, two at a time."""
    name = image.NAME
    loop = f'for i in $(seq {COUNT // 2}); do docker run --rm --network none --entrypoint python3 {name} -S -c ""; done'
    return together([["bash", "-ec", loop]] * 2).wall / COUNT


def measure() -> tuple[Figure, Figure]:
    """Seconds a container that does nothing, and a submission graded in one of its own."""
    engine.connect().close()
    with peers.ours("docker", count=COUNT) as small, peers.ours("docker", count=3 * COUNT) as large:
        # What a run costs before its first submission is in both, and falls out of their difference.
        def graded() -> float:
            return (large.grade() - small.grade()) / (large.students - small.students)

        bare, ours = in_turn(RUNS, floor, graded)
    return bare, ours


def main() -> None:
    """Print both, and the share of the floor's throughput that is reached."""
    bare, ours = measure()
    print(f"an idle container   {bare} s")
    print(f"grade, docker       {ours} s a submission")
    print(f"of its throughput   {bare.over(ours)}")


if __name__ == "__main__":
    main()
