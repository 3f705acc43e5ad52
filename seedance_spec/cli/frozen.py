"""`apply --frozen`: renders/ as lockfile and store have it, without key and network. Nothing may be sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from seedance_spec.cli.carry import exit_codes, stale_endings
from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode, winner

if TYPE_CHECKING:
    from seedance_spec.attempts.endings import Ending
    from seedance_spec.plan.change import Plan
    from seedance_spec.workplace import Workplace


def restored(console: Console, plan: Plan, workplace: Workplace, *, as_json: bool) -> ExitCode:
    """Show what is here, say what is not. A clip that is nowhere needs you (8), one that nobody rendered is 7."""
    from seedance_spec.cli.apply_view import View
    from seedance_spec.restoring import restore

    with View(console, plan, as_json=as_json, time_scale=1.0) as view:
        endings = asyncio.run(restore(plan, workplace, tell=view.tell))
    endings = (*endings, *stale_endings(plan))
    codes = sorted({*exit_codes(endings), *_absent(endings)})
    exit_code = winner(codes)
    view.summary(endings, codes, exit_code)
    return exit_code


def _absent(endings: tuple[Ending, ...]) -> set[ExitCode]:
    from seedance_spec.attempts.endings import End

    return {ExitCode.NEEDS_YOU for ending in endings if ending.end is End.MISSING}
