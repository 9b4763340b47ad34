from django.db import migrations

from huiying.common.search import narrowing


class Migration(migrations.Migration):
    dependencies = [("cases", "0025_direct_ones_marked")]

    operations = narrowing("cases_search")
