from django.db import migrations

from huiying.common import append_only, search


class Migration(migrations.Migration):
    dependencies = (("knowledge", "0002_articles"),)
    operations = (
        append_only.operation("knowledge_articleversion", unique=("article_id", "no")),
        append_only.operation("knowledge_articleact"),
        *search.operations("knowledge_said"),
        *search.operations("knowledge_asked"),
    )
