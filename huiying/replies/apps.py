from django.apps import AppConfig


class RepliesConfig(AppConfig):
    name = "huiying.replies"
    label = "replies"
    verbose_name = "答复"
    default_auto_field = "django.db.models.BigAutoField"
