import json
from typing import Any

from django.db import migrations


def fill(apps: Any, schema_editor: Any) -> None:
    """Which earlier case each one repeats that was answered so: what its last direct answer says."""
    cases, events = (apps.get_model("cases", name).objects for name in ("Case", "Event"))
    told = events.filter(kind="direct_answer").order_by("case_id", "seq").values_list("case_id", "data")
    repeats = {pk: json.loads(data).get("repeat_of", "") for pk, data in told.iterator(2_000)}
    for pk, number in repeats.items():
        if number:
            cases.filter(pk=pk).update(repeat_of=cases.filter(number=number).first())


class Migration(migrations.Migration):
    dependencies = [("cases", "0022_repeats")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
