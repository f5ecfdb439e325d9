"""Whether every foreign key holds is asked where the rows are: a cluster passes SET CONSTRAINTS on to nobody."""

from django.db import migrations

HOLD = """
    CREATE FUNCTION threadwell_keys_hold() RETURNS boolean LANGUAGE plpgsql AS $$
    BEGIN
        SET CONSTRAINTS ALL IMMEDIATE;
        SET CONSTRAINTS ALL DEFERRED;
        RETURN true;
    END $$
"""


class Migration(migrations.Migration):
    dependencies = [("workplace", "0007_expand_token_pace")]
    operations = [migrations.RunSQL(HOLD, "DROP FUNCTION threadwell_keys_hold()")]
