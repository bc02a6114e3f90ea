"""What missing data mean was yes or no; it becomes a choice, and rules to which they mean something look by the hour."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0007_flapping_and_settled")]

    operations = [
        migrations.AddField(
            model_name="rule",
            name="without_data",
            field=models.CharField(
                choices=[
                    ("stay", "Nothing: alerts stay as they are"),
                    ("fire", "It is an alert of the mildest level"),
                    ("tell-owner", "The rule's owner is told"),
                ],
                default="stay",
                help_text="What missing data mean.",
                max_length=10,
            ),
        ),
        migrations.RunSQL(
            "UPDATE alerts_rule SET without_data = 'fire', next_look_at = coalesce(next_look_at, now())"
            " WHERE fires_without_data",
            "UPDATE alerts_rule SET fires_without_data = true WHERE without_data = 'fire'",
        ),
        migrations.RemoveField(model_name="rule", name="fires_without_data"),
    ]
