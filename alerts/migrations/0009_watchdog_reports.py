from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0008_what_missing_data_mean"),
    ]

    operations = [
        migrations.CreateModel(
            name="WatchdogReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("trouble", models.CharField(help_text="Its key: alerts.health.Trouble.", max_length=60)),
                ("address", models.EmailField(max_length=254)),
                ("since", models.DateTimeField(null=True)),
                ("told_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("address", "trouble"), name="watchdog_told_once")
                ],
            },
        ),
    ]
