from django.apps import AppConfig


class ArchiveConfig(AppConfig):
    name = "huiying.archive"
    label = "archive"
    verbose_name = "归档"
    default_auto_field = "django.db.models.BigAutoField"
