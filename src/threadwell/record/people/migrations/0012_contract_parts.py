"""The indexes of parts that knew accents are looked into no longer."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("people", "0011_expand_folding")]
    operations = [
        migrations.RemoveIndex(model_name="contact", name="contact_name_parts"),
        migrations.RemoveIndex(model_name="organisation", name="organisation_name_parts"),
        migrations.RemoveIndex(model_name="identity", name="identity_value_parts"),
    ]
