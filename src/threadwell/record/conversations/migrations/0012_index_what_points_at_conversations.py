"""Few conversations point at another one; without these, each that goes is looked for in all of them."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("conversations", "0011_fill_with_whom")]
    operations = [
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                fields=["workspace", "follows"], condition=~Q(follows=None), name="conversation_follows"
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                fields=["workspace", "joined_into"],
                condition=~Q(joined_into=None),
                name="conversation_joined_into",
            ),
        ),
    ]
