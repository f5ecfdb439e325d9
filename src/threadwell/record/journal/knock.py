"""Knock: calls with tokens that do not work, from one network address, until the audit has told of them."""

from typing import override

from django.db import models

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned


class Knock(Owned):
    """Somebody tries to get in as a program; what they tried is not kept."""

    origin = models.CharField(max_length=45, default="", blank=True)  #: empty: all those beyond the most
    place = models.CharField(max_length=200, default="", blank=True)  #: the address called last
    count = models.PositiveIntegerField(default=0)
    told = models.PositiveIntegerField(default=0)  #: how many of them stand in the audit
    told_at = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "origin"], name="knock_once")]

    @override
    def __str__(self) -> str:
        return self.origin
