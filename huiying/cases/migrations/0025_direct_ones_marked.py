from typing import Any

from django.db import migrations, models


def fill(apps: Any, schema_editor: Any) -> None:
    """What a unit sees that was answered at once after all: few cases."""
    sights = apps.get_model("cases", "Sight").objects
    sights.filter(case__mode="direct", marked=False).update(marked=True)


class Migration(migrations.Migration):
    dependencies = [("cases", "0024_lead")]

    operations = [
        migrations.AlterField(
            "sight", "marked", models.BooleanField(default=False, verbose_name="紧急、保密、直办或另行办结")
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
