from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("organization", "0006_accounts_and_history")]

    operations = [
        migrations.RemoveIndex(model_name="letter", name="letter_queue"),
        migrations.RemoveConstraint(model_name="letter", name="letter_wiped_when_over"),
        migrations.RenameModel("Letter", "AccountMail"),
        migrations.RenameField("invitation", "letter", "mail"),
        migrations.AddIndex(
            model_name="accountmail",
            index=models.Index(
                condition=models.Q(state="queued"),
                fields=["next_attempt_at", "id"],
                name="account_mail_queue",
            ),
        ),
        migrations.AddConstraint(
            model_name="accountmail",
            constraint=models.CheckConstraint(
                condition=models.Q(state="queued") | models.Q(sealed=""), name="account_mail_wiped_when_over"
            ),
        ),
    ]
