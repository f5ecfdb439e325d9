"""A year with a customer is counted without reading the messages: the index holds all that is counted."""

from django.db import migrations, models

COUNTED = ("direction", "kind", "channel", "conversation")


class Migration(migrations.Migration):
    dependencies = [("conversations", "0017_expand_type_owner")]
    operations = [
        *(
            migrations.AddIndex(
                model_name="message",
                index=models.Index(
                    condition=models.Q((whose, None), _negated=True),
                    fields=["workspace", whose, "at", "id"],
                    include=COUNTED,
                    name=f"message_of_{whose}",
                ),
            )
            for whose in ("contact", "organisation")
        ),
        *(
            migrations.RemoveIndex(model_name="message", name=f"message_by_{whose}")
            for whose in ("contact", "organisation")
        ),
    ]
