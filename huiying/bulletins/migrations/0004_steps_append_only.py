from django.db import migrations

from huiying.common import append_only


class Migration(migrations.Migration):
    dependencies = (("bulletins", "0003_reconciliation"),)
    operations = (append_only.operation("bulletins_closingstep"),)
