import django.db.models.deletion
from django.db import migrations, models

NEEDLESS = (
    ("cases_case_lead_id_3e7fc465", "lead_id"),
    ("cases_case_nature_claimed_id_14e91d66", "nature_claimed_id"),
)
"""Nothing asks for them; dropped by name, for SQLite would copy the table to alter a column."""


class Migration(migrations.Migration):
    """Adds; the next one fills."""

    dependencies = [
        ("cases", "0021_open_rows_in_indexes_alone"),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="repeat_of",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="repeats",
                to="cases.case",
                verbose_name="所重复的件",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"DROP INDEX IF EXISTS {name}", f"CREATE INDEX {name} ON cases_case ({column})"
                )
                for name, column in NEEDLESS
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="case",
                    name="lead",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.assignment",
                        verbose_name="牵头派单",
                    ),
                ),
                migrations.AlterField(
                    model_name="case",
                    name="nature_claimed",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.nature",
                        verbose_name="自选性质",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("repeat_of__isnull", False)), fields=["repeat_of"], name="case_repeat"
            ),
        ),
    ]
