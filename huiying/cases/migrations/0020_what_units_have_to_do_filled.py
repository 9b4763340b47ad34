from typing import Any

from django.db import migrations
from django.db.models import Min, OuterRef, Q, Subquery

LIVE = ("assigned", "return_asked", "submitted", "claimed", "drafted", "approved", "sent_back")
UNIT_CLOCKS = ("claim", "first_contact", "reply", "interim")


def fill(apps: Any, schema_editor: Any) -> None:
    """What each unit still has to do, and by when: of the tasks that are not over, of which there are few."""
    tasks = apps.get_model("cases", "Assignment").objects.filter(status__in=LIVE)
    clocks = apps.get_model("cases", "ClockRun").objects.filter(stopped_at=None, superseded=False)
    late = Q(role="co", case__ending="answered")
    still_open = tasks.filter(~Q(case__status="closed") | late).order_by().values("pk")
    own = clocks.filter(assignment=OuterRef("pk"), kind__in=UNIT_CLOCKS).order_by()
    due_at = own.values("assignment").annotate(due=Min("due_at")).values("due")
    tasks.filter(pk__in=still_open).update(is_open=True, due_at=Subquery(due_at))


class Migration(migrations.Migration):
    dependencies = [("cases", "0019_what_units_have_to_do")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
