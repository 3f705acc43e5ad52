"""Ninja, make and octoDNS with as many units, up to date. A peer that is not installed is None."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.planning.measuring import Command

_OCTODNS = """\
providers:
  here: {{ class: octodns.provider.yaml.YamlProvider, directory: {here}, default_ttl: 300, enforce_order: false }}
  there: {{ class: octodns.provider.yaml.YamlProvider, directory: {there}, default_ttl: 300, enforce_order: false }}
zones:
"""
_RECORDS_PER_ZONE = 100


def ninja(folder: Path, units: int) -> Command | None:
    """`ninja -n` over as many copies of a file, all made."""
    program = _program("ninja")
    if program is None:
        return None
    rules = "".join(f"build out/{unit}.mp4: copy in/{unit}.yaml\n" for unit in _inputs(folder, units))
    (folder / "build.ninja").write_text(f"rule copy\n  command = cp $in $out\n{rules}", encoding="utf-8")
    subprocess.run([program], cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - the peer itself
    return Command(words=[program, "-n"], cwd=folder)


def make(folder: Path, units: int) -> Command | None:
    """`make -n` without its built-in rules, over the same copies."""
    program = _program("make")
    if program is None:
        return None
    made = list(_inputs(folder, units))
    for unit in made:
        (folder / "out" / f"{unit}.mp4").touch()
    rules = "".join(f"out/{unit}.mp4: in/{unit}.yaml\n\tcp $< $@\n" for unit in made)
    targets = " ".join(f"out/{unit}.mp4" for unit in made)
    (folder / "Makefile").write_text(f"all: {targets}\n{rules}", encoding="utf-8")
    return Command(words=[program, "-rR", "-n"], cwd=folder)


def octodns(folder: Path, units: int) -> Command | None:
    """`octodns-sync` from YAML to YAML, without changes: a hundred records to a zone."""
    program = _program("octodns-sync")
    if program is None:
        return None
    here, there = folder / "here", folder / "there"
    here.mkdir(parents=True)
    zones = [f"zone{number:04}.example.com." for number in range(units // _RECORDS_PER_ZONE)]
    for zone in zones:
        records = (f"shot-{unit:03}:\n  type: A\n  value: 192.0.2.{unit % 250}\n" for unit in range(_RECORDS_PER_ZONE))
        (here / f"{zone}yaml").write_text("---\n" + "".join(records), encoding="utf-8")
    shutil.copytree(here, there)
    config = _OCTODNS.format(here=here, there=there)
    config += "".join(f"  {zone}: {{ sources: [here], targets: [there] }}\n" for zone in zones)
    (folder / "config.yaml").write_text(config, encoding="utf-8")
    return Command(words=[program, "--config-file", str(folder / "config.yaml")], cwd=folder)


def _inputs(folder: Path, units: int) -> list[str]:
    made = [f"{unit // 100:04}/{unit:06}" for unit in range(units)]
    for group in sorted({unit.partition("/")[0] for unit in made}):
        (folder / "in" / group).mkdir(parents=True)
        (folder / "out" / group).mkdir(parents=True)
    for unit in made:
        (folder / "in" / f"{unit}.yaml").write_text("x\n", encoding="utf-8")
    return made


def _program(name: str) -> str | None:
    """From the environment that runs the benchmark, else from the system."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name)
