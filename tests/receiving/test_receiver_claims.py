"""Claims that clones share: one holder per take wanted, an outcome that only goes forward, nothing paid forgotten."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from subprocess import PIPE
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seedance_spec.attempts.attempt_id import project_prefix
from seedance_spec.journal.receiver_file import ReceiverFile
from seedance_spec.realm import Realm
from seedance_spec.webhook.feed_protocol import FREED, ClaimEvent, ClaimRequest, Outcome, Said, request_json
from tests.support.attempts import NOW, PROJECT, an_attempt_id
from tests.support.facts import a_hash
from tests.support.standing import THEIRS, a_shared_claim, a_wish, granted, held
from tests.support.whole import environment

OPEN, UNKNOWN, SUBMITTED, REFUSED, NEVER_SENT = Outcome
DAY = 86_400.0


@pytest.fixture
def file(tmp_path: Path) -> Iterator[ReceiverFile]:
    with closing(ReceiverFile(tmp_path / "receiver.db")) as opened:
        yield opened


def _said(outcome: Outcome) -> Said:
    return Said(outcome=outcome, task_id="task_1" if outcome is SUBMITTED else None)


def _tell(file: ReceiverFile, nth: int, *outcomes: Outcome) -> None:
    for outcome in outcomes:
        file.report(a_wish(nth).attempt_id, _said(outcome), at=NOW)


def _outcomes(file: ReceiverFile) -> list[Outcome]:
    """The outcomes that the feed tells, in their order."""
    events = file.events(project_prefix(PROJECT), after=0, limit=999).events
    return [event.outcome for event in events if isinstance(event, ClaimEvent)]


# ── who holds ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_is_granted_and_the_second_learns_who_holds(file: ReceiverFile) -> None:
    """Insert or conflict: one attempt has the take, every other one is told of it."""
    assert file.claim(a_wish(1), at=NOW) == granted(a_wish(1))
    assert file.claim(a_wish(2), at=NOW + 5) == held(a_wish(1))


def test_a_question_asked_again_is_answered_alike(file: ReceiverFile) -> None:
    """Whoever lost the answer asks again and has what it had, whatever became of it meanwhile."""
    file.claim(a_wish(1), at=NOW)
    assert file.claim(a_wish(1), at=NOW + 5) == granted(a_wish(1))

    _tell(file, 1, SUBMITTED)
    assert file.claim(a_wish(1), at=NOW + 9) == granted(a_wish(1), outcome=SUBMITTED, task_id="task_1")


@pytest.mark.parametrize(
    "other",
    [
        a_wish(2, shot="jump"),
        a_wish(2, take=2),
        a_wish(2, project_id=THEIRS),
        a_wish(2, realm=Realm.SANDBOX),
    ],
    ids=["another hash", "another take", "another project", "another realm"],
)
def test_only_the_same_take_of_the_same_project_and_realm_conflicts(file: ReceiverFile, other: ClaimRequest) -> None:
    """Content hash, take, project and realm make the place; sandbox and paid attempts never meet."""
    file.claim(a_wish(1), at=NOW)

    assert file.claim(other, at=NOW) == granted(other)


@pytest.mark.parametrize("outcome", [REFUSED, NEVER_SENT])
def test_a_released_claim_holds_nothing(file: ReceiverFile, outcome: Outcome) -> None:
    """Refused and never sent cost nothing: the next one may pay."""
    file.claim(a_wish(1), at=NOW)
    _tell(file, 1, outcome)

    assert file.claim(a_wish(2), at=NOW) == granted(a_wish(2))


@pytest.mark.parametrize("outcome", [OPEN, UNKNOWN, SUBMITTED])
def test_a_claim_passes_on_to_whoever_names_its_holder(file: ReceiverFile, outcome: Outcome) -> None:
    """Retries, retakes and `not landed` pass over exactly the attempt that they mean, however it stands."""
    file.claim(a_wish(1), at=NOW)
    _tell(file, 1, outcome)

    assert file.claim(a_wish(2, after=1), at=NOW) == granted(a_wish(2))
    assert file.claim(a_wish(3, after=1), at=NOW) == held(a_wish(2))


def test_who_lost_its_claim_does_not_get_it_back_by_asking(file: ReceiverFile) -> None:
    """The echo of an old question takes nothing from anybody: not from a successor, not after a release."""
    for nth in (1, 3):
        file.claim(a_wish(nth, shot=f"shot-{nth}"), at=NOW)
    file.claim(a_wish(2, shot="shot-1", after=1), at=NOW)
    file.report(a_wish(3, shot="shot-3").attempt_id, _said(NEVER_SENT), at=NOW)

    assert file.claim(a_wish(1, shot="shot-1"), at=NOW) == held(a_wish(2, shot="shot-1"))
    assert file.claim(a_wish(3, shot="shot-3"), at=NOW) == held(a_wish(3, shot="shot-3"), outcome=NEVER_SENT)
    assert file.claim(a_wish(4, shot="shot-3"), at=NOW).granted


def test_an_attempt_without_a_project_claims_nothing(file: ReceiverFile) -> None:
    """An id of another version names no place."""
    with pytest.raises(ValueError, match="names no project"):
        file.claim(ClaimRequest(attempt_id="z" * 56, content_hash=a_hash(), take=1), at=NOW)


# ── what became of it ───────────────────────────────────────────────────────────────────────────────────────────────

FORWARD = {
    (OPEN, UNKNOWN): UNKNOWN,
    (OPEN, SUBMITTED): SUBMITTED,
    (OPEN, REFUSED): REFUSED,
    (OPEN, NEVER_SENT): NEVER_SENT,
    (UNKNOWN, UNKNOWN): UNKNOWN,
    (UNKNOWN, SUBMITTED): SUBMITTED,
    (UNKNOWN, REFUSED): REFUSED,
    (UNKNOWN, NEVER_SENT): NEVER_SENT,
    (SUBMITTED, UNKNOWN): SUBMITTED,
    (SUBMITTED, SUBMITTED): SUBMITTED,
    (SUBMITTED, REFUSED): SUBMITTED,
    (SUBMITTED, NEVER_SENT): SUBMITTED,
    (REFUSED, UNKNOWN): REFUSED,
    (REFUSED, SUBMITTED): SUBMITTED,
    (REFUSED, REFUSED): REFUSED,
    (REFUSED, NEVER_SENT): REFUSED,
    (NEVER_SENT, UNKNOWN): NEVER_SENT,
    (NEVER_SENT, SUBMITTED): SUBMITTED,
    (NEVER_SENT, REFUSED): NEVER_SENT,
    (NEVER_SENT, NEVER_SENT): NEVER_SENT,
}


@pytest.mark.parametrize(("known", "said", "stands"), [(*pair, stands) for pair, stands in FORWARD.items()])
def test_an_outcome_only_goes_forward(file: ReceiverFile, known: Outcome, said: Outcome, stands: Outcome) -> None:
    """Later words overrule earlier ones by this table; only news becomes an event; what was paid for always counts."""
    file.claim(a_wish(1), at=NOW)
    _tell(file, 1, known)
    before = len(_outcomes(file))

    told = file.report(a_wish(1).attempt_id, _said(said), at=NOW)

    assert told == a_shared_claim(a_wish(1), outcome=stands, task_id="task_1" if stands is SUBMITTED else None)
    assert _outcomes(file)[before:] == ([stands] if stands is not known else [])


def test_a_task_id_once_told_stays(file: ReceiverFile) -> None:
    """A second task id for one attempt does not hide the first."""
    file.claim(a_wish(1), at=NOW)
    _tell(file, 1, SUBMITTED)

    told = file.report(a_wish(1).attempt_id, Said(outcome=SUBMITTED, task_id="task_2"), at=NOW)

    assert told == a_shared_claim(a_wish(1), outcome=SUBMITTED, task_id="task_1")


def test_what_was_paid_for_holds_its_place_again(file: ReceiverFile) -> None:
    """An attempt that was thought not to have landed, and had, is not paid over."""
    file.claim(a_wish(1), at=NOW)
    _tell(file, 1, NEVER_SENT, SUBMITTED)

    assert file.claim(a_wish(2), at=NOW) == held(a_wish(1), outcome=SUBMITTED, task_id="task_1")


def test_a_successor_keeps_its_place_when_the_one_before_turns_out_to_be_paid(file: ReceiverFile) -> None:
    """Both are on record; the place is the later one's."""
    file.claim(a_wish(1), at=NOW)
    _tell(file, 1, REFUSED)
    file.claim(a_wish(2), at=NOW)
    _tell(file, 1, SUBMITTED)

    assert file.claim(a_wish(3), at=NOW) == held(a_wish(2))
    assert file.claim_of(a_wish(1).attempt_id) == a_shared_claim(a_wish(1), outcome=SUBMITTED, task_id="task_1")


def test_an_outcome_of_an_attempt_without_a_claim_is_none(file: ReceiverFile) -> None:
    """Nothing is made up, and nobody is told."""
    assert file.report(a_wish(1).attempt_id, _said(SUBMITTED), at=NOW) is None
    assert (file.claim_of(a_wish(1).attempt_id), _outcomes(file)) == (None, [])


@pytest.mark.parametrize("first", ["claim", "callback"])
def test_a_claim_tells_that_its_attempt_was_called_back(file: ReceiverFile, first: str) -> None:
    """A callback proves the landing, whether it came after the claim or before it."""
    if first == "claim":
        file.claim(a_wish(1), at=NOW)
    file.receive_all([(a_wish(1).attempt_id, b"", NOW)])
    file.claim(a_wish(1), at=NOW)
    file.claim(a_wish(2, shot="jump"), at=NOW)

    assert file.claim_of(a_wish(1).attempt_id) == a_shared_claim(a_wish(1), called_back=True)
    assert file.claim_of(a_wish(2, shot="jump").attempt_id) == a_shared_claim(a_wish(2, shot="jump"))


def test_claims_are_never_forgotten(file: ReceiverFile) -> None:
    """Events are, after eight days; a claim that was gone could be paid over."""
    file.claim(a_wish(1), at=NOW)
    _tell(file, 1, SUBMITTED)
    for year in range(1, 4):
        file.receive_all([(an_attempt_id(9), b"", NOW + year * 365 * DAY)])

    assert _outcomes(file) == []
    assert file.claim(a_wish(2), at=NOW + 1100 * DAY) == held(a_wish(1), outcome=SUBMITTED, task_id="task_1")


def test_claims_are_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    """A receiver that is killed and restarted knows who holds what."""
    with closing(ReceiverFile(tmp_path / "receiver.db")) as first:
        first.claim(a_wish(1), at=NOW)

    with closing(ReceiverFile(tmp_path / "receiver.db")) as again:
        assert again.claim(a_wish(2), at=NOW) == held(a_wish(1))


# ── whatever is asked ───────────────────────────────────────────────────────────────────────────────────────────────

clones = st.integers(1, 4)
claims = st.builds(lambda nth, after: a_wish(nth, after=after), clones, st.just(0) | clones)
reports = st.tuples(
    clones.map(lambda nth: a_wish(nth).attempt_id), st.sampled_from([o for o in Outcome if o is not OPEN])
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(claims | reports, max_size=14))
def test_nobody_is_granted_what_another_may_have_paid_for(asked: list[ClaimRequest | tuple[str, Outcome]]) -> None:
    """Whatever is asked and told in whatever order: a newcomer is granted a place that is free or whose holder it
    names, and whoever holds the place is the one that all others hear of.
    """
    stands: dict[str, Outcome] = {}
    holder: str | None = None
    with TemporaryDirectory() as folder, closing(ReceiverFile(Path(folder) / "receiver.db")) as file:
        for each in asked:
            if isinstance(each, ClaimRequest):
                answer = file.claim(each, at=NOW)
                is_new = each.attempt_id not in stands
                assert answer.granted == (holder in {None, each.after} if is_new else holder == each.attempt_id)
                if is_new and answer.granted:
                    holder, stands[each.attempt_id] = each.attempt_id, OPEN
                assert holder in {None, answer.claim.attempt_id}
                continue
            attempt_id, outcome = each
            told = file.report(attempt_id, _said(outcome), at=NOW)
            assert (told is None) == (attempt_id not in stands)
            if told is not None:
                was_freed, stands[attempt_id] = stands[attempt_id] in FREED, told.outcome
                if told.outcome in FREED and holder == attempt_id:
                    holder = None
                elif was_freed and told.outcome is SUBMITTED:
                    holder = holder or attempt_id


def test_of_many_processes_and_threads_exactly_one_is_granted(tmp_path: Path) -> None:
    """Two processes with 25 clones each ask for one take at once: one grant, and all others hear of the same one."""
    path = tmp_path / "receiver.db"
    wishes = [a_wish(nth) for nth in range(1, 51)]
    running = [
        subprocess.Popen([sys.executable, "-c", _ASKING, str(path)], stdin=PIPE, stdout=PIPE, env=environment())
        for _ in range(2)
    ]
    for process, share in zip(running, (wishes[::2], wishes[1::2]), strict=True):
        assert process.stdin is not None
        process.stdin.write(json.dumps([request_json(wish) for wish in share]).encode() + b"\n")
    answers = [each for process in running for each in json.loads(process.communicate(timeout=60)[0])]

    (winner,) = {answer["claim"]["attempt"] for answer in answers}
    assert [answer["granted"] for answer in answers].count(True) == 1
    assert winner in {wish.attempt_id for wish in wishes}


_ASKING = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from seedance_spec.journal.receiver_file import ReceiverFile
from seedance_spec.webhook.feed_protocol import answer_json, read_request
file = ReceiverFile(Path(sys.argv[1]), busy_seconds=30)
asked = [read_request(json.dumps(each).encode()) for each in json.loads(sys.stdin.readline())]
with ThreadPoolExecutor(25) as clones:
    print(json.dumps([answer_json(each) for each in clones.map(lambda wish: file.claim(wish, at=1.0), asked)]))
"""
