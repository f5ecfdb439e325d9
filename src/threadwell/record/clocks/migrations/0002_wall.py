"""Row-level security over every table of this family."""

from django.db import migrations

from threadwell.kit.row_security import walled


class Migration(migrations.Migration):
    dependencies = [("clocks", "0001_begin")]
    operations = [
        walled("clocks_bookmark"),
        walled("clocks_clock"),
        walled("clocks_clockstep"),
        walled("clocks_slapolicy"),
    ]
