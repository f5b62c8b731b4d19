-- What a user has read and received of each conversation, and what is still to come.

-- Positions move often and are in no index: free space in the page keeps such an update in place.
ALTER TABLE members SET (fillfactor = 80);

-- Drawn from the ids of events, so that it compares with members.left_event: who has left doesn't see what others left on an
-- entry later.
ALTER TABLE reactions ALTER COLUMN position DROP IDENTITY;
ALTER TABLE reactions ALTER COLUMN position SET DEFAULT nextval('events_id_seq');

-- Positions of an active member, which all devices share, and how many application entries behind the read position are
-- there to be read. Entries of that kind expire in the order of their seqs, so nothing is counted but from the newest one
-- that expired; it is looked for only while the retention job is behind. No row for anybody else.
CREATE FUNCTION read_state(convo text, reader text, now timestamptz)
RETURNS TABLE (read_seq bigint, delivered_seq bigint, unread_count bigint, last_seq bigint)
LANGUAGE sql STABLE AS $$
    SELECT p.read_seq, p.delivered_seq,
        -- Without an expired entry the third is null, which least() passes over.
        least(c.app_count - p.read_app_count, c.kept_app_count, c.app_count - CASE WHEN c.next_expiry <= now THEN (
            SELECT m.app_ordinal FROM messages m
            WHERE m.convo_id = convo AND m.expires_at <= now AND m.kind = 'app'
            ORDER BY m.expires_at DESC, m.seq DESC LIMIT 1) END),
        c.next_seq - 1
    FROM conversations c CROSS JOIN (
        SELECT max(m.read_seq) AS read_seq, max(m.read_app_count) AS read_app_count,
            max(m.delivered_seq) AS delivered_seq
        FROM members m WHERE m.convo_id = convo AND m.user_did = reader AND m.left_at IS NULL) p
    WHERE c.convo_id = convo AND c.deleted_at IS NULL AND p.read_seq IS NOT NULL
$$;

-- The highest seq whose entry stands at or before a place, of those from from_seq on; from_seq when there is none. An event
-- tells up to where the log went when it was written, so that only what came after the last one before the place is looked
-- at. Events that tell of earlier entries don't say it, and events may be gone.
CREATE FUNCTION seq_at_place(convo text, from_seq bigint, place_txid xid8, place_id bigint)
RETURNS TABLE (seq bigint)
LANGUAGE sql STABLE AS $$
    SELECT coalesce((
            SELECT m.seq - 1 FROM messages m
            WHERE m.convo_id = convo AND m.seq > k.seq AND (m.event_txid, m.event_id) > (place_txid, place_id)
            ORDER BY m.seq LIMIT 1),
        c.next_seq - 1)
    FROM conversations c CROSS JOIN LATERAL (
        SELECT greatest(from_seq, (
            SELECT e.seq FROM events e
            WHERE e.convo_id = convo AND (e.txid, e.id) <= (place_txid, place_id) AND e.kind NOT IN ('read', 'reaction')
            ORDER BY e.txid DESC, e.id DESC LIMIT 1)) AS seq) k
    WHERE c.convo_id = convo
$$;
