from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def copied(title: str, to: str) -> Any:
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="+",
        to=to,
        verbose_name=title,
    )


class Migration(migrations.Migration):
    """Adds; the next one fills, the one after that makes the indexes."""

    dependencies = [
        ("accounts", "0007_trail_kind"),
        ("cases", "0008_erasing"),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="branch",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.topic",
                verbose_name="内容大类",
            ),
        ),
        migrations.CreateModel(
            name="Sight",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("holds", models.BooleanField(verbose_name="未退办")),
                ("is_open", models.BooleanField(verbose_name="未办结")),
                ("received_at", models.DateTimeField(verbose_name="受理时间")),
                ("area", copied("所属乡镇", "cases.area")),
                ("branch", copied("内容大类", "cases.topic")),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sights",
                        to="cases.case",
                    ),
                ),
                ("channel", copied("渠道", "cases.channel")),
                ("nature", copied("核定性质", "cases.nature")),
                ("topic", copied("内容分类", "cases.topic")),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "可见单位",
                "verbose_name_plural": "可见单位",
            },
        ),
    ]
