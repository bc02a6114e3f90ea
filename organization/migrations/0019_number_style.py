from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organization", "0018_tokens_for_feedback"),
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="number_style",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "As the language does"),
                    ("wan", "万, 亿"),
                    ("k", "K, M, B"),
                ],
                db_default="",
                default="",
                max_length=10,
            ),
        ),
    ]
