from django.apps import AppConfig


class MiningConfig(AppConfig):
    name = "huiying.mining"
    label = "mining"
    verbose_name = "文本分析"
    default_auto_field = "django.db.models.BigAutoField"
