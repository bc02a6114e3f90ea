from typing import Any

import django.db.models.deletion
from django.db import migrations, models

# Where one plainly leads to the other: factors of the result, or the step before it.
PROCESSES = {
    "revenue": ("conversion_rate", "ctr"),
    "orders": ("conversion_rate", "ctr"),
    "new_customers": ("leads", "conversion_rate"),
    "roas": ("conversion_rate", "cpc"),
    "roi": ("conversion_rate", "cpc"),
    "cac": ("cpl", "cpc"),
    "cpa": ("conversion_rate", "cpc"),
}


def add(apps: Any, schema_editor: Any) -> None:
    """Of the shipped figures, whose kinds nobody can change."""
    known = dict(apps.get_model("kpis", "Metric").objects.filter(shipped=True).values_list("code", "pk"))
    link = apps.get_model("kpis", "MetricProcess")
    link.objects.bulk_create(
        link(result_id=known[result], process_id=known[process])
        for result, processes in PROCESSES.items()
        for process in processes
        if result in known and process in known
    )


class Migration(migrations.Migration):
    dependencies = [("kpis", "0014_outlooks")]

    operations = [
        migrations.CreateModel(
            name="MetricProcess",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "process",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="kpis.metric"
                    ),
                ),
                (
                    "result",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="kpis.metric"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="metric",
            name="processes",
            field=models.ManyToManyField(
                help_text="What leads to it: while one of these is red, a green light of this one is at risk.",
                related_name="results",
                through="kpis.MetricProcess",
                through_fields=("result", "process"),
                to="kpis.metric",
            ),
        ),
        migrations.AddConstraint(
            model_name="metricprocess",
            constraint=models.UniqueConstraint(fields=("result", "process"), name="metric_process_unique"),
        ),
        migrations.AddConstraint(
            model_name="metricprocess",
            constraint=models.CheckConstraint(
                condition=models.Q(("result", models.F("process")), _negated=True),
                name="metric_process_not_itself",
            ),
        ),
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
