import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import OuterRef, Subquery


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Marks given before are those of the unit that leads today: nobody wrote down another."""
    lead = apps.get_model("cases", "Case").objects.filter(pk=OuterRef("case")).values("lead")
    apps.get_model("quality", "CallBack").objects.filter(state="reached").update(marked=Subquery(lead))


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0005_words"),
        ("quality", "0001_call_back"),
    ]

    operations = [
        migrations.AddField(
            model_name="callback",
            name="marked",
            field=models.ForeignKey(
                blank=True,
                help_text="接通时牵头的派单；重办改由别的单位承办后，评价仍是它的",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.assignment",
                verbose_name="被评派单",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
