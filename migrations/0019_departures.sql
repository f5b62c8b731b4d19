-- Lets a server remember who is a member, and know when that has changed, by the row that each append updates anyway.

-- The last transaction in which a member left or was taken out, as a number. Joining doesn't change it: who was a member is one still.
ALTER TABLE conversations ADD COLUMN last_departure bigint NOT NULL DEFAULT 0;

-- A trigger, so that nothing that ends a membership can forget it. Once in a transaction is enough, and changing the row again
-- for each of thousands of members would make it slow to find.
CREATE FUNCTION note_departure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE conversations SET last_departure = pg_current_xact_id()::text::bigint
    WHERE convo_id = OLD.convo_id AND last_departure <> pg_current_xact_id()::text::bigint;
    RETURN NULL;
END
$$;

CREATE TRIGGER members_leave AFTER UPDATE OF left_at ON members
    FOR EACH ROW WHEN (OLD.left_at IS NULL AND NEW.left_at IS NOT NULL) EXECUTE FUNCTION note_departure();

-- The rows of a member are those of their devices.
CREATE TRIGGER members_vanish AFTER DELETE ON members
    FOR EACH ROW WHEN (OLD.left_at IS NULL) EXECUTE FUNCTION note_departure();

-- One entry alone is appended by a statement of the server now, unless something has to be judged.
DROP FUNCTION append_entry;
