from django.db import migrations, models

FILL = """
UPDATE cases_sight SET (closed_at, marked) = (
    SELECT told.closed_at, told.urgency <> 'normal' OR told.secret OR told.ending NOT IN ('', 'answered')
    FROM cases_case told WHERE told.id = cases_sight.case_id
)
"""


class Migration(migrations.Migration):
    """Adds and fills; the next one makes the indexes."""

    dependencies = [("cases", "0016_rare_events_and_running_clocks")]

    operations = [
        migrations.RemoveIndex(model_name="sight", name="sight_latest"),
        migrations.RemoveIndex(model_name="sight", name="sight_open"),
        migrations.AddField(
            model_name="sight",
            name="closed_at",
            field=models.DateTimeField(null=True, verbose_name="办结时间"),
        ),
        migrations.AddField(
            model_name="sight",
            name="marked",
            field=models.BooleanField(default=False, verbose_name="紧急、保密或另行办结"),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop, elidable=True),
    ]
