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
        migrations.AlterField(
            model_name='delivery',
            name='state',
            field=models.CharField(choices=[('PENDING', 'Waiting to be sent'), ('SENDING', 'Claimed by a worker'), ('SENT', 'Taken by the provider'), ('DROPPED', 'Not sent: no longer wanted, or the address is not confirmed'), ('FAILED', 'Given up')], default='PENDING', max_length=10),
        ),
    ]
