from django.apps import AppConfig


class QualityConfig(AppConfig):
    name = "huiying.quality"
    label = "quality"
    verbose_name = "质量"
    default_auto_field = "django.db.models.BigAutoField"
