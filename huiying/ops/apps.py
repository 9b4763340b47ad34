from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "huiying.ops"
    label = "ops"
    verbose_name = "运行"
    default_auto_field = "django.db.models.BigAutoField"
