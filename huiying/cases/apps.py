from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "huiying.cases"
    label = "cases"
    verbose_name = "工单"
    default_auto_field = "django.db.models.BigAutoField"
