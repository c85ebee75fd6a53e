"""The audit log and its seals can only grow, and every new event queues itself for sealing: the database sees to it."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION core_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_event_is_append_only BEFORE UPDATE OR DELETE ON core_auditevent
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER audit_seal_is_append_only BEFORE UPDATE OR DELETE ON core_auditseal
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();

CREATE FUNCTION core_queue_for_sealing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO core_audit_unsealed (event_id, added_at) VALUES (NEW.id, NEW.at);
    RETURN NULL;
END $$;

CREATE TRIGGER audit_event_is_queued_for_sealing AFTER INSERT ON core_auditevent
    FOR EACH ROW EXECUTE FUNCTION core_queue_for_sealing();
"""

BACKWARDS = """
DROP TRIGGER audit_event_is_queued_for_sealing ON core_auditevent;
DROP TRIGGER audit_seal_is_append_only ON core_auditseal;
DROP TRIGGER audit_event_is_append_only ON core_auditevent;
DROP FUNCTION core_queue_for_sealing();
DROP FUNCTION core_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
