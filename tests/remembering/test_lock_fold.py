"""Facts fold the same way whatever came first, how often, and through whichever clone."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.lockfile.facts import AliasFact, Fact, LabelFact, ProjectFact, Report, Reporter, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.lockfile.text import parse_lock, render_lock
from tests.support.facts import a_hash, a_report, an_attempt, digest, facts, some

some_facts = st.lists(facts, max_size=5)


@some
@given(told=some_facts, data=st.data())
def test_any_order_and_any_repetition_give_one_result(told: list[Fact], data: st.DataObject) -> None:
    """Folding is commutative, associative and idempotent, down to the bytes that are written."""
    again = data.draw(st.lists(st.sampled_from(told), max_size=4)) if told else []
    shuffled = data.draw(st.permutations([*told, *again]))

    assert Facts.of(*shuffled) == Facts.of(*told)
    assert render_lock(Facts.of(*shuffled)) == render_lock(Facts.of(*told))


@some
@given(one=some_facts, other=some_facts, third=some_facts)
def test_any_grouping_of_merges_gives_one_result(one: list[Fact], other: list[Fact], third: list[Fact]) -> None:
    """Clones may merge in any grouping and any number of times."""
    a, b, c = Facts.of(*one), Facts.of(*other), Facts.of(*third)

    assert a.merge(b).merge(c) == a.merge(b.merge(c)) == c.merge(a).merge(b).merge(a) == Facts.of(*one, *other, *third)


@some
@given(one=some_facts, other=some_facts)
def test_the_union_of_two_texts_is_the_union_of_their_facts(one: list[Fact], other: list[Fact]) -> None:
    """Putting the lines of two lockfiles together is merging them: git needs to know nothing."""
    a, b = Facts.of(*one), Facts.of(*other)

    assert parse_lock(render_lock(a) + render_lock(b), "lock") == (a.merge(b), ())


@some
@given(told=some_facts, more=facts)
def test_a_fact_is_never_lost_and_never_goes_back(told: list[Fact], more: Fact) -> None:
    """Whatever is added, every key stays, and no status moves backwards."""
    before = Facts.of(*told)
    after = before.merge(Facts.of(more))

    order = list(Status)
    assert {each for each in before.attempts if each not in after.attempts} == set()
    assert before.projects.keys() | before.aliases.keys() <= after.projects.keys() | after.aliases.keys()
    assert all(
        order.index(after.attempts[each].status) >= order.index(attempt.status)
        for each, attempt in before.attempts.items()
    )


def test_status_moves_forward_in_the_order_of_design() -> None:
    """Each later status beats every earlier one."""
    later = an_attempt(status=Status.GONE)

    assert [status.value for status in Status] == [
        "unknown", "not_landed", "landed", "submitted", "failed", "succeeded", "gone",
    ]  # fmt: skip
    for status in reversed(Status):
        later = next(iter(Facts.of(an_attempt(status=status), an_attempt(status=Status.UNKNOWN)).attempts.values()))
        assert later.status is status


def test_what_is_there_beats_nothing_and_the_earlier_time_and_smaller_digest_stay() -> None:
    """Field by field, the result takes the best of both lines."""
    one = an_attempt(
        status=Status.UNKNOWN, task_id=None, submitted_at=20, upstream_ids=("cgt-2",), made_from=(digest("b"),)
    )
    other = an_attempt(
        status=Status.LANDED, task_id="task_1", submitted_at=10, upstream_ids=("cgt-1",), made_from=(digest("a"),)
    )

    assert Facts.of(one, other).attempts == {
        "a1": replace(other, upstream_ids=("cgt-1", "cgt-2"), made_from=tuple(sorted([digest("a"), digest("b")])))
    }


def test_reports_of_different_reporters_stand_side_by_side() -> None:
    """What a callback said is kept beside what the gateway said; one reporter's words fold field by field."""
    called = an_attempt(reports={Reporter.CALLBACK: Report(output="c" * 64, finished_at=9)})
    asked = an_attempt(reports={Reporter.GATEWAY: Report(output="b" * 64, finished_at=8)})
    asked_again = an_attempt(reports={Reporter.GATEWAY: Report(output="a" * 64, tokens=7)})

    assert Facts.of(called, asked, asked_again).attempts["a1"].reports == {
        Reporter.CALLBACK: Report(output="c" * 64, finished_at=9),
        Reporter.GATEWAY: Report(output="a" * 64, finished_at=8, tokens=7),
    }


def test_of_two_moves_of_a_label_the_newest_stands_then_the_smallest_hash() -> None:
    """A hash beats `dropped` at the same second."""
    small, big = sorted([a_hash("a"), a_hash("b")])
    old, new = (
        LabelFact(shot="s", profile=None, content_hash=small, when=1),
        LabelFact(shot="s", profile=None, content_hash=None, when=2),
    )

    assert Facts.of(old, new).labels == {("s", None): new}
    assert Facts.of(new, replace(new, content_hash=big)).labels == {("s", None): replace(new, content_hash=big)}
    assert Facts.of(replace(new, content_hash=big), replace(new, content_hash=small)).labels == {
        ("s", None): replace(new, content_hash=small)
    }


def test_all_hashes_of_one_picture_have_one_name() -> None:
    """Aliases make a family, in either direction; whoever is in none is called by its own hash."""
    one, two, three, alone = sorted(a_hash(name) for name in "abcd")
    facts = Facts.of(AliasFact(content_hash=three, stands_for=two), AliasFact(content_hash=one, stands_for=two))

    assert {facts.key_of(each) for each in (one, two, three)} == {one}
    assert facts.key_of(alone) == alone


def test_lines_that_nobody_understands_add_up_too() -> None:
    """Kinds of a newer version and lines that are no facts are kept from both sides of a merge."""
    one, _ = parse_lock('{"key":1,"kind":"later"}\nhalf', "lock")
    other, _ = parse_lock('{"key":2,"kind":"later"}\nother half', "lock")

    assert render_lock(one.merge(other)) == '{"key":1,"kind":"later"}\n{"key":2,"kind":"later"}\nhalf\nother half\n'
    assert one.merge(other) == other.merge(one)


def test_after_a_merge_of_two_projects_both_ids_are_ours() -> None:
    """Project ids add up."""
    assert Facts.of(ProjectFact(project_id="p2"), ProjectFact(project_id="p1")).project_ids == ("p1", "p2")


def test_the_newest_hash_version_is_seen_wherever_it_stands() -> None:
    """Attempts, aliases and labels all tell that a newer tool was here; an empty lock tells nothing."""
    v9 = a_hash(version=9)

    assert Facts().newest_hash_version == 0
    assert Facts.of(an_attempt()).newest_hash_version == 1
    for newer in (
        an_attempt("a2", content_hash=v9),
        AliasFact(content_hash=v9, stands_for=a_hash()),
        AliasFact(content_hash=a_hash(), stands_for=v9),
        LabelFact(shot="s", profile=None, content_hash=v9, when=1),
    ):
        assert Facts.of(an_attempt(), newer).newest_hash_version == 9


def test_what_others_said_is_scrubbed_on_its_way_in() -> None:
    """A gateway's message with a signed link or a key is kept without them."""
    said = "cannot read https://u:canary@h/x.png?X-Tos-Signature=canary with key sk-canary, Bearer canary"
    fact = an_attempt(reports={Reporter.GATEWAY: a_report(error_message=said)})

    kept = Facts.of(fact).attempts["a1"].reports[Reporter.GATEWAY].error_message

    assert kept == "cannot read https://h/x.png… with key sk-…, Bearer …"
