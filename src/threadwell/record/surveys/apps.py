"""The Django app of this noun family."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "threadwell.record.surveys"
    label = "surveys"
