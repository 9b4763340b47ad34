from typing import Any

from django.db import migrations

GONE = ("returned", "cancelled")
SIGHTS = """
INSERT INTO cases_sight
    (case_id, unit_id, holds, is_open, received_at, channel_id, nature_id, topic_id, branch_id, area_id)
SELECT given.case_id, above.id, {any}(given.status NOT IN (%s, %s)), cases_case.closed_at IS NULL,
    cases_case.received_at, channel_id, nature_id, topic_id, branch_id, area_id
FROM cases_assignment given
JOIN accounts_unit unit ON unit.id = given.unit_id
JOIN accounts_unit above ON substr(unit.path, 1, length(above.path)) = above.path
JOIN cases_case ON cases_case.id = given.case_id
GROUP BY given.case_id, above.id, cases_case.id
"""


def fill(apps: Any, schema_editor: Any) -> None:
    """The branch of each case's topic, and a row for each unit that sees a case."""
    topic_model, case_model = apps.get_model("cases", "Topic"), apps.get_model("cases", "Case")
    topics = dict(topic_model.objects.values_list("path", "pk"))
    below: dict[int, list[int]] = {}
    for path, pk in topics.items():
        below.setdefault(topics["/".join(path.split("/")[:2])], []).append(pk)
    for branch, pks in below.items():
        case_model.objects.filter(topic__in=pks).update(branch=branch)
    any_of = "bool_or" if schema_editor.connection.vendor == "postgresql" else "max"
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(SIGHTS.format(any=any_of), GONE)


class Migration(migrations.Migration):
    dependencies = [("cases", "0009_sights")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
