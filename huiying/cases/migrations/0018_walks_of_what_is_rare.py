import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The index of who did something also says in which case, and leaves out what nobody of ours did. The old one
    is dropped by name: to alter a column, SQLite would copy the table, which is refused here."""

    dependencies = [
        ("accounts", "0008_larger_model"),
        ("cases", "0017_marks_and_closings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveField(
            model_name="sight",
            name="is_open",
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "DROP INDEX IF EXISTS cases_event_actor_id_35c6f1fe",
                    "CREATE INDEX cases_event_actor_id_35c6f1fe ON cases_event (actor_id)",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="event",
                    name="actor",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(
                    models.Q(("urgency", "normal"), _negated=True),
                    ("secret", True),
                    models.Q(
                        models.Q(("ending", ""), _negated=True),
                        models.Q(("ending", "answered"), _negated=True),
                    ),
                    _connector="OR",
                ),
                fields=[
                    "-received_at",
                    "-id",
                    "urgency",
                    "secret",
                    "ending",
                    "closed_at",
                    "channel",
                    "nature",
                    "topic",
                    "branch",
                    "area",
                ],
                name="case_marked",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("village", ""), _negated=True),
                fields=["village", "-received_at", "-id"],
                name="case_village",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(
                    ("kind", "send_back"),
                    ("kind", "reopen"),
                    ("kind", "grant_extension"),
                    ("kind", "supplement"),
                    ("kind", "urge"),
                    ("kind", "supervise"),
                    ("kind", "instruct"),
                    _connector="OR",
                ),
                fields=["kind", "case"],
                name="event_been",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("actor__isnull", False)), fields=["actor", "case"], name="event_actor"
            ),
        ),
        migrations.AddIndex(
            model_name="sight",
            index=models.Index(
                fields=[
                    "unit",
                    "-received_at",
                    "-case",
                    "holds",
                    "channel",
                    "nature",
                    "topic",
                    "branch",
                    "area",
                    "marked",
                ],
                name="sight_latest",
            ),
        ),
        migrations.AddIndex(
            model_name="sight",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["unit", "-received_at", "-case"],
                name="sight_open",
            ),
        ),
        migrations.AddIndex(
            model_name="sight",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False)),
                fields=[
                    "unit",
                    "closed_at",
                    "case",
                    "holds",
                    "channel",
                    "nature",
                    "topic",
                    "branch",
                    "area",
                    "marked",
                ],
                name="sight_closed",
            ),
        ),
    ]
