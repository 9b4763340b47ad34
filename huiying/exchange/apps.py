from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "huiying.exchange"
    label = "exchange"
    verbose_name = "交换"
    default_auto_field = "django.db.models.BigAutoField"
