"""The queue of long work: asked once, taken once, gone on with after a crash, left to people in the end."""

import datetime as dt

import pytest

from huiying.batches import queue
from huiying.batches.models import Batch
from tests import make

pytestmark = pytest.mark.django_db
NOW = make.at(3, 15, 10)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def admin():
    make.town()
    return make.person("guanli", "管理员", "admin")


def ask(by, at=NOW, **params) -> Batch:
    return queue.ask("reckon", by=by, at=at, **params)


def test_what_waits_already_is_not_asked_for_twice(admin) -> None:
    first = ask(admin)
    second = ask(None, NOW + MINUTE)
    assert (first.pk, second.asked_by, second.asked_at) == (second.pk, None, NOW + MINUTE)
    assert ask(admin, year=2022).pk != first.pk  # other work


def test_what_has_begun_is_asked_for_anew(admin) -> None:
    first = ask(admin)
    assert queue.take(NOW) == first
    assert ask(admin).pk != first.pk


def test_the_oldest_is_taken_first_and_by_one(admin) -> None:
    first, second = ask(admin), ask(admin, year=2022)
    taken = [queue.take(NOW), queue.take(NOW), queue.take(NOW)]
    assert taken == [first, second, None]


def test_of_two_who_saw_it_free_one_takes_it(admin, monkeypatch) -> None:
    batch = ask(admin)
    filter_of = Batch.objects.filter

    def quicker(*conditions, **values):
        if values.get("pk") == batch.pk:
            filter_of(pk=batch.pk).update(taken_until=NOW + MINUTE)
        return filter_of(*conditions, **values)

    monkeypatch.setattr(Batch.objects, "filter", quicker)
    assert queue.take(NOW) is None


def test_after_a_crash_the_next_worker_goes_on_where_the_last_progress_was_written(admin) -> None:
    ask(admin)
    batch = queue.take(NOW)
    batch.done, batch.reached, batch.found = 3, 77, {"clocks": 5}
    assert queue.keep(batch, NOW + MINUTE)
    batch.done = 4  # and here the process dies
    assert queue.take(NOW + 2 * MINUTE) is None
    heir = queue.take(NOW + 3 * MINUTE)
    assert (heir.pk, heir.done, heir.reached, heir.found) == (batch.pk, 3, 77, {"clocks": 5})
    assert not queue.keep(batch, NOW + 4 * MINUTE)  # the one thought dead
    assert not queue.finish(batch, NOW + 4 * MINUTE)
    assert queue.finish(heir, NOW + 4 * MINUTE)
    assert Batch.objects.get().state == "done"


def test_a_failure_is_tried_again_in_a_while_and_in_the_end_left_to_people(admin) -> None:
    ask(admin)
    for n in range(queue.TRIES):
        at = NOW + n * queue.RETRY
        batch = queue.take(at)
        batch.reached = 10 * (n + 1)
        queue.fail(batch, "日历不全", at)
        assert queue.take(at + MINUTE) is None
    batch = Batch.objects.get()
    assert (batch.state, batch.error, batch.tries) == ("failed", "日历不全", 3)
    assert queue.again(batch)
    assert not queue.again(batch)
    assert queue.take(NOW + dt.timedelta(hours=2)).reached == 30


def test_a_page_shows_the_work_at_hand_then_the_last_for_an_hour_and_a_failure_until_it_is_mended(
    admin,
) -> None:
    assert queue.lately("reckon", NOW) is None
    first, _ = ask(admin), ask(admin, year=2022)
    assert queue.lately("reckon", NOW) == first
    for _ in range(2):
        queue.finish(queue.take(NOW), NOW)
    assert queue.lately("reckon", NOW + MINUTE).params == {"year": 2022}
    assert queue.lately("reckon", NOW + 61 * MINUTE) is None
    Batch.objects.filter(params={"year": 2022}).update(state="failed")
    assert queue.lately("reckon", NOW + 61 * MINUTE).state == "failed"
