"""What all lanes of a process ask with: one queue of looks, one inquiry at the billing log (D5). It asks nothing."""

from __future__ import annotations

from collections.abc import Callable

from seedance_spec.attempts.inquiry import Inquiry
from seedance_spec.attempts.means import Means
from seedance_spec.attempts.poller import Poller


class Asking:
    """`found` is called with attempt id and task id for each lost attempt whose task the billing log proves."""

    def __init__(self, means: Means, *, found: Callable[[str, str], None]) -> None:
        self.poller = Poller.of(means)
        self.inquiry = Inquiry(means, self.poller, found=found)
