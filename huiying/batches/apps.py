from django.apps import AppConfig


class BatchesConfig(AppConfig):
    name = "huiying.batches"
    label = "batches"
    verbose_name = "批量任务"
    default_auto_field = "django.db.models.BigAutoField"
