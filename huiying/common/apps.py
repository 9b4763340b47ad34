from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "huiying.common"
    label = "common"
    verbose_name = "基础"
    default_auto_field = "django.db.models.BigAutoField"
