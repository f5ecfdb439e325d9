"""Row-level security over every table of this family."""

from django.db import migrations

from threadwell.kit.row_security import walled


class Migration(migrations.Migration):
    dependencies = [("hours", "0001_begin")]
    operations = [
        walled("hours_calendar"),
        walled("hours_calendaruse"),
        walled("hours_closure"),
        walled("hours_closurefeed"),
    ]
