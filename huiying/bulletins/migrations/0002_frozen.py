from django.db import migrations

from huiying.common import append_only


class Migration(migrations.Migration):
    dependencies = (("bulletins", "0001_initial"),)
    operations = (
        append_only.operation(
            "bulletins_edition",
            when="OLD.published_at IS NOT NULL",
            unique=("series", "total_issue"),
            among="{row}.published_at IS NOT NULL AND {row}.corrects_id IS NULL",
        ),
    )
