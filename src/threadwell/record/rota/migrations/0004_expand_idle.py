"""Customers with open work are looked for; patience is counted in business hours."""

from django.db import migrations, models

KINDS = [
    ("conversation", "conversation without an owner"),
    ("stepless", "conversation without a next step"),
    ("task", "overdue task without an owner"),
    ("contact", "customer without an owner"),
    ("organisation", "organisation without an owner"),
    ("idle_contact", "customer without a next step"),
    ("idle_firm", "organisation without a next step"),
]


class Migration(migrations.Migration):
    dependencies = [("rota", "0003_expand_orphans")]
    operations = [
        migrations.AddField(
            model_name="orphanwatch",
            name="counts_open_time",
            field=models.BooleanField(default=True, verbose_name="only business hours count"),
        ),
        migrations.AddField(
            model_name="orphanwatch",
            name="wants_accounts",
            field=models.BooleanField(
                default=False, verbose_name="customers with open work need an owner and a next step"
            ),
        ),
        migrations.AlterField(
            model_name="orphan",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=12),
        ),
    ]
