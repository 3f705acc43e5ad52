"""`python -m tests.hostile`, or `make hostile`: the receiver on hostile days, time-boxed and resumable."""

from __future__ import annotations

import sys

from tests.hostile.rows.fuzz import Fuzz
from tests.hostile.rows.kill import Kill, KillBug
from tests.hostile.rows.orders import Orders
from tests.hostile.rows.sockets import Sockets
from tests.hostile.rows.timing import Timing
from tests.hostile.runner import Start, door

SECONDS = 15 * 60.0

ROWS: dict[str, Start] = {
    "kill": Kill,
    "kill_bug": KillBug,
    "sockets": Sockets,
    "fuzz": Fuzz,
    "orders": Orders,
    "timing": Timing,
}

if __name__ == "__main__":
    sys.exit(door("tests.hostile", "hostile", ROWS, sys.argv[1:], seconds=SECONDS))
