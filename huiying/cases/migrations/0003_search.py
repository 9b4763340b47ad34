from django.db import migrations

from huiying.common import search


class Migration(migrations.Migration):
    dependencies = (("cases", "0002_append_only"),)
    operations = search.operations("cases_search")
