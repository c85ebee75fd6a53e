import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_accounts_in_full'),
        ('notifications', '0001_initial'),
    ]

    operations = [
        # Tickets live for a minute: those in flight are asked for again.
        migrations.RunSQL("DELETE FROM notifications_streamticket", migrations.RunSQL.noop),
        migrations.RemoveField(
            model_name='streamticket',
            name='user',
        ),
        migrations.AddField(
            model_name='streamticket',
            name='session',
            field=models.ForeignKey(help_text='It ends, and the stream with it.', on_delete=django.db.models.deletion.CASCADE, to='accounts.session'),
        ),
    ]
