from django.db import migrations

from huiying.common import append_only


class Migration(migrations.Migration):
    dependencies = (("cases", "0001_initial"),)
    operations = (append_only.operation("cases_event", unique=("case_id", "seq")),)
