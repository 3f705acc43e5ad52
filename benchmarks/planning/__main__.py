"""`python -m benchmarks.planning`, or `make bench`: plans of 10,000 shots beside peers; exit 1 for a missed goal."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.planning import peers
from benchmarks.planning.film import write_film
from benchmarks.planning.goals import goals
from benchmarks.planning.measuring import Command, Measured, in_turn
from benchmarks.planning.record import RESULTS, Record
from tests.support.rendered import render_film

REPOSITORY = Path(__file__).parents[2]
_LAUNCHER = """\
#!{python}
import sys
from seedance_spec.cli import main
if __name__ == "__main__":
    sys.exit(main())
"""
"""What uv and pip write for a console script, without the module `re` that pip before 25 loads in it."""

_EDITED, _BEFORE, _AFTER = "specs/act000/scene0000.yaml", "slow dolly in", "slow dolly by"


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.planning", description=__doc__)
    parser.add_argument("--shots", type=int, default=10_000, help="shots of the film (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=30, help="of the short commands (default %(default)s)")
    parser.add_argument("--long-rounds", type=int, default=3, help="of the long ones (default %(default)s)")
    parser.add_argument("--large", type=int, default=0, help="measure a film of so many shots too, as 100000")
    parser.add_argument("--record", type=Path, metavar="FILE", help=f"write down what was measured, as {RESULTS}")
    asked = parser.parse_args(words)
    with TemporaryDirectory(prefix="seedance-bench-") as scratch:
        found = measured(Path(scratch), asked.shots, rounds=asked.rounds, long_rounds=asked.long_rounds)
        _show(f"{asked.shots:,} shots", found)
        promised = list(goals(found))
        _say(["", *(goal.line() for goal in promised)])
        films = {asked.shots: found}
        if asked.large:
            large = measured(Path(scratch) / "large", asked.large, rounds=5, long_rounds=1)
            films[asked.large] = large
            _show(f"{asked.large:,} shots", large)
    if asked.record:
        Record.of(films, REPOSITORY).write(asked.record)
    return 0 if all(goal.kept for goal in promised) else 1


def measured(scratch: Path, shots: int, *, rounds: int, long_rounds: int) -> Mapping[str, Measured]:
    """Short commands in turn, then long ones in turn; what changes the film comes last."""
    film, program = scratch / "film", scratch / "seedance-spec"
    write_film(film, shots)
    render_film(film)
    program.write_text(_LAUNCHER.format(python=sys.executable), encoding="utf-8")
    program.chmod(0o755)
    plan = Command(words=[str(program), "plan"], cwd=film)
    short = _present(
        {
            "python -c pass": Command(words=[sys.executable, "-c", "pass"], cwd=scratch),
            "--version": Command(words=[str(program), "--version"], cwd=scratch),
            "ninja": peers.ninja(scratch / "ninja", shots),
            "make": peers.make(scratch / "make", shots),
            "plan, unchanged": plan,
        }
    )
    in_turn(short, 2)
    found = in_turn(short, rounds)
    long = _present(
        {
            "octoDNS": peers.octodns(scratch / "octodns", shots),
            "plan, cold": Command(words=plan.words, cwd=film, before=_forgetting(film)),
            "plan, one shot edited": Command(words=plan.words, cwd=film, before=_editing(film)),
        }
    )
    found |= in_turn(long, long_rounds)
    assert f"{shots} unchanged" in found["plan, unchanged"].printed, found["plan, unchanged"].printed
    assert "Plan: 2 re-render" in found["plan, one shot edited"].printed, found["plan, one shot edited"].printed
    return found


def _present(commands: Mapping[str, Command | None]) -> dict[str, Command]:
    return {name: command for name, command in commands.items() if command is not None}


def _forgetting(film: Path) -> Callable[[], None]:
    def forget() -> None:
        _write(film, _BEFORE)
        shutil.rmtree(film / ".seedance" / "cache", ignore_errors=True)

    return forget


def _editing(film: Path) -> Callable[[], None]:
    return lambda: _write(film, _AFTER)


def _write(film: Path, said: str) -> None:
    """The first shot's prompt with these words in it."""
    path = film / _EDITED
    text = path.read_text(encoding="utf-8").replace(_AFTER, _BEFORE)
    path.write_text(text.replace(_BEFORE, said, 1), encoding="utf-8")


def _show(title: str, found: Mapping[str, Measured]) -> None:
    head = f"{title:24}{'median':>10}{'least':>10}{'processor':>11}{'memory':>10}  runs"
    rows = (
        f"{name:24}{each.usual:7.0f} ms{min(each.wall):7.0f} ms{each.work:8.0f} ms"
        f"{each.memory:6.0f} MiB{len(each.wall):6}"
        for name, each in found.items()
    )
    _say(["", head, *rows])


def _say(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
