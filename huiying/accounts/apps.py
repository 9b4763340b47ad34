from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "huiying.accounts"
    label = "accounts"
    verbose_name = "人员与单位"
    default_auto_field = "django.db.models.BigAutoField"
