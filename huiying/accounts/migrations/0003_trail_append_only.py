from django.db import migrations

from huiying.common import append_only


class Migration(migrations.Migration):
    dependencies = (("accounts", "0002_trail"),)
    operations = (append_only.operation("accounts_trail"),)
