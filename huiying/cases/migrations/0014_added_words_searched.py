from typing import Any

from django.db import migrations

from huiying.common.errors import Refused
from huiying.common.search import Index
from huiying.common.text import search_tokens


def enter(apps: Any, schema_editor: Any) -> None:
    """Enter what citizens added later (补充材料): until now only the first request was in the index.

    A case that had fallen out of the index is left to `huiying search rebuild`, which `huiying doctor` asks for.
    """
    texts = apps.get_model("cases", "CaseText").objects
    index = Index("cases_search", using=schema_editor.connection.alias)
    added = texts.filter(kind="supplement").exclude(text="").order_by("case_id").values("case_id").distinct()
    for case in apps.get_model("cases", "Case").objects.filter(pk__in=added).order_by("pk").iterator(500):
        rows = texts.filter(case=case, kind__in=("body", "supplement")).order_by("seq", "id")
        said = list(rows.values_list("kind", "text"))
        body = next((text for kind, text in reversed(said) if kind == "body"), "")
        known = [case.number, case.upper_number, case.title, body if body != case.title else ""]
        now = known + [text for kind, text in said if kind == "supplement"]
        before, after = (search_tokens("\n".join(filter(None, parts))) for parts in (known, now))
        try:
            index.put([(case.pk, before, after)])
        except Refused:
            continue


class Migration(migrations.Migration):
    dependencies = [("cases", "0013_labels_in_chinese")]

    operations = [migrations.RunPython(enter, migrations.RunPython.noop, elidable=True)]
