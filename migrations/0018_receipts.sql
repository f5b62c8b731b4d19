-- Receipts that are concurrent with a removal.

ALTER TABLE members
    -- The txid of left_event's place. All events but receipts rise by their ids too; a receipt, which doesn't take the
    -- conversation's lock, may get its id before a removal and its place behind it. Null in rows of earlier releases.
    ADD COLUMN left_event_txid xid8;

-- What event_access says, and the txid with which the reader's part of the events ends.
CREATE FUNCTION event_windows(reader text)
RETURNS TABLE (convo_id text, after_seq bigint, last_seq bigint, from_event bigint, to_event bigint, to_txid xid8,
    is_admin boolean)
LANGUAGE sql STABLE AS $$
    SELECT DISTINCT ON (m.convo_id) m.convo_id, m.joined_seq, m.left_seq, coalesce(m.joined_event, 0), m.left_event,
        m.left_event_txid, m.is_admin OR m.is_moderator
    FROM members m
    WHERE m.user_did = reader
    ORDER BY m.convo_id, m.left_at IS NULL DESC, m.left_seq DESC, m.joined_seq
$$;

-- As before, said in one place.
CREATE OR REPLACE FUNCTION event_access(reader text)
RETURNS TABLE (convo_id text, after_seq bigint, last_seq bigint, from_event bigint, to_event bigint, is_admin boolean)
LANGUAGE sql STABLE AS $$
    SELECT convo_id, after_seq, last_seq, from_event, to_event, is_admin FROM event_windows(reader)
$$;
