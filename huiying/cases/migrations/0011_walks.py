from typing import Any

import django.db.models.deletion
from django.db import migrations, models

PROTECT = django.db.models.deletion.PROTECT
LATEST = ("-received_at", "-id")
NEEDLESS = (
    ("cases_case", "region", "cases_case_region_f07025b7"),
    ("cases_case", "channel_id", "cases_case_channel_id_04e45f90"),
    ("cases_case", "nature_id", "cases_case_nature_id_737832b2"),
    ("cases_case", "topic_id", "cases_case_topic_id_fd95d623"),
    ("cases_case", "area_id", "cases_case_area_id_040d4987"),
    ("cases_assignment", "case_id", "cases_assignment_case_id_b0be0e7a"),
    ("cases_event", "case_id", "cases_event_case_id_59b954a1"),
    ("cases_issue", "case_id", "cases_issue_case_id_c4855e2d"),
    ("cases_issue", "nature_id", "cases_issue_nature_id_7c7e8e2f"),
    ("cases_issue", "topic_id", "cases_issue_topic_id_bce4bb44"),
)
"""Indexes of one column that another index begins with, or that nothing asks for.

They are dropped by name: to alter a column, SQLite would copy the whole table, which takes minutes with a
million rows and is refused where rows are never deleted.
"""


def without_own_index(model: str, name: str, field: Any) -> migrations.AlterField:
    return migrations.AlterField(model_name=model, name=name, field=field)


def pointer(to: str, title: str | None = None, **more: Any) -> Any:
    return models.ForeignKey(to=to, verbose_name=title, db_index=False, on_delete=PROTECT, **more)


class Migration(migrations.Migration):
    """Each list walks an index of its own; indexes that another one contains go."""

    dependencies = [("cases", "0010_sights_filled")]

    operations = [
        migrations.RemoveIndex(model_name="case", name="case_due"),
        migrations.RemoveIndex(model_name="case", name="case_channel"),
        migrations.RemoveIndex(model_name="case", name="case_nature"),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                *(
                    migrations.RunSQL(
                        f"DROP INDEX IF EXISTS {name}", f"CREATE INDEX {name} ON {table} ({column})"
                    )
                    for table, column, name in NEEDLESS
                ),
                migrations.RunSQL("DROP INDEX IF EXISTS cases_case_region_f07025b7_like", ""),
            ],
            state_operations=[
                without_own_index(
                    "case", "region", models.CharField(max_length=12, verbose_name="行政区划代码")
                ),
                without_own_index("case", "channel", pointer("cases.channel", "渠道")),
                without_own_index(
                    "case", "nature", pointer("cases.nature", "核定性质", null=True, blank=True)
                ),
                without_own_index("case", "topic", pointer("cases.topic", "内容分类", null=True, blank=True)),
                without_own_index("case", "area", pointer("cases.area", "所属乡镇", null=True, blank=True)),
                without_own_index(
                    "assignment", "case", pointer("cases.case", "诉求件", related_name="assignments")
                ),
                without_own_index("event", "case", pointer("cases.case", related_name="events")),
                without_own_index("issue", "case", pointer("cases.case", related_name="issues")),
                without_own_index("issue", "nature", pointer("cases.nature", null=True, blank=True)),
                without_own_index("issue", "topic", pointer("cases.topic", null=True, blank=True)),
            ],
        ),
        *(
            migrations.AddIndex(model_name="case", index=index)
            for index in (
                models.Index(fields=LATEST, condition=models.Q(("closed_at", None)), name="case_open"),
                models.Index(fields=("status", *LATEST), name="case_status"),
                models.Index(fields=("channel", *LATEST, "nature", "branch", "area"), name="case_channel"),
                models.Index(fields=("nature", *LATEST, "channel", "branch", "area"), name="case_nature"),
                models.Index(fields=("branch", *LATEST, "channel", "nature", "area"), name="case_branch"),
                models.Index(fields=("topic", *LATEST, "channel", "nature", "area"), name="case_topic"),
                models.Index(fields=("area", *LATEST, "channel", "nature", "branch"), name="case_area"),
            )
        ),
        migrations.AddConstraint(
            model_name="sight",
            constraint=models.UniqueConstraint(fields=("case", "unit"), name="one_sight"),
        ),
        migrations.AddIndex(
            model_name="sight",
            index=models.Index(
                fields=[
                    *("unit", "-received_at", "-case", "holds"),
                    *("channel", "nature", "topic", "branch", "area"),
                ],
                name="sight_latest",
            ),
        ),
        migrations.AddIndex(
            model_name="sight",
            index=models.Index(
                condition=models.Q(("is_open", True)),
                fields=["unit", "-received_at", "-case"],
                name="sight_open",
            ),
        ),
    ]
