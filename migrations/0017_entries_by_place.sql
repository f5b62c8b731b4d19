-- no-transaction
-- Entries are found in the stream by their own rows, and their events are in no index but the log's own: an index by conversation
-- cost each append 5 to 7 % of its time.
--
-- Building the index keeps writers waiting for as long as one look through `events` takes. Where that is too long, make it by
-- hand before, CONCURRENTLY, and see that it is valid: then it is there. The old index goes in a transaction of its own, so that
-- nobody who has read `events` and then writes it waits in a circle with this. Each step may be repeated. A server of an earlier
-- release that still serves then reads more for each page of what somebody missed.

BEGIN;

CREATE INDEX IF NOT EXISTS events_besides_entries ON events (convo_id, txid, id) WHERE kind <> 'entry';

-- A seq from after_seq on up to which no entry stands behind a place, while the next one does, as all from before_seq on do. In a
-- conversation places rise with seqs: this goes back by steps that double, then halves what is between. Each step looks at
-- one entry; where entries are gone, at the next one before.
CREATE OR REPLACE FUNCTION last_seq_before(
    convo text, after_seq bigint, before_seq bigint, place_txid xid8, place_id bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    -- No entry up to low is behind the place, and each from high on is.
    low bigint := after_seq;
    high bigint := before_seq;
    -- 0 once it was too far.
    step bigint := 16;
    middle bigint;
    e record;
BEGIN
    WHILE high - low > 1 LOOP
        middle := CASE WHEN step > 0 THEN greatest(high - step, low + 1) ELSE (low + high) / 2 END;
        SELECT m.seq, m.event_txid, m.event_id INTO e FROM messages m
        WHERE m.convo_id = convo AND m.seq > low AND m.seq <= middle ORDER BY m.seq DESC LIMIT 1;
        IF (e.event_txid, e.event_id) > (place_txid, place_id) THEN
            high := e.seq;
            step := step * 2;
        ELSE
            low := middle;
            step := 0;
        END IF;
    END LOOP;
    RETURN low;
END
$$;

-- The first of the entries between two seqs that stands behind a place; no row when none does. Most who ask are near the end:
-- the newest entries are looked at one by one. By their seqs, since an index that is read backwards gives all of a page that is
-- asked for.
CREATE OR REPLACE FUNCTION first_entry_behind(
    convo text, after_seq bigint, before_seq bigint, place_txid xid8, place_id bigint)
RETURNS TABLE (seq bigint, txid xid8, id bigint)
LANGUAGE sql STABLE AS $$
    SELECT m.seq, m.event_txid, m.event_id
    FROM (
        SELECT coalesce(
            (SELECT m.seq FROM messages m
            WHERE m.convo_id = convo AND m.seq > greatest(after_seq, before_seq - 17) AND m.seq < before_seq
                AND (m.event_txid, m.event_id) <= (place_txid, place_id)
            ORDER BY m.seq DESC LIMIT 1),
            CASE WHEN before_seq - 17 > after_seq
                THEN last_seq_before(convo, after_seq, before_seq - 16, place_txid, place_id) ELSE after_seq END) AS seq) b
    CROSS JOIN LATERAL (
        SELECT m.seq, m.event_txid, m.event_id FROM messages m
        WHERE m.convo_id = convo AND m.seq > b.seq AND m.seq < before_seq
        ORDER BY m.seq LIMIT 1) m
$$;

-- As before, and without looking at events. The highest seq whose entry stands at or before a place, of those from from_seq
-- on; from_seq when there is none.
CREATE OR REPLACE FUNCTION seq_at_place(convo text, from_seq bigint, place_txid xid8, place_id bigint)
RETURNS TABLE (seq bigint)
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
            -- No event of the conversation has a higher txid but those that tell of reading.
            CASE WHEN c.last_event_txid >= place_txid THEN (
                SELECT b.seq - 1
                FROM first_entry_behind(convo, greatest(from_seq, c.kept_min_seq - 1), c.next_seq, place_txid, place_id) b) END,
            c.next_seq - 1)
    FROM conversations c WHERE c.convo_id = convo
$$;

COMMIT;

DROP INDEX IF EXISTS events_by_convo;
