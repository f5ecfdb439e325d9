"""What is given out of a queue, or handed on, leaves a decision as well."""

from django.db import migrations, models

CAUSES = [
    ("arrived", "it arrived"),
    ("reopened", "the customer wrote again"),
    ("weighed", "its priority changed"),
    ("key-contact", "a key contact moved on"),
    ("by-hand", "somebody had it routed again"),
    ("absent", "its owner is away"),
    ("left", "its owner left"),
    ("passed", "it was passed to a team"),
    ("refill", "somebody has room again"),
]
OUTCOMES = [
    ("routed", "rules decided"),
    ("unmatched", "no rule fitted"),
    ("fallback", "the rules could not be followed"),
    ("held", "routed too often"),
    ("given", "given out without asking the rules"),
]


class Migration(migrations.Migration):
    dependencies = [("routing", "0003_expand_pick")]
    operations = [
        migrations.AlterField(
            model_name="routingdecision",
            name="cause",
            field=models.CharField(choices=CAUSES, max_length=12),
        ),
        migrations.AlterField(
            model_name="routingdecision",
            name="outcome",
            field=models.CharField(choices=OUTCOMES, max_length=10),
        ),
    ]
