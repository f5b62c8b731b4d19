-- no-transaction
-- Appending a message no longer writes an index by expiry: most messages expire in the order of their seqs, by which they are
-- found.
--
-- Building the index keeps writers waiting for as long as one look through `messages` takes; where that is too long, make it by
-- hand before, CONCURRENTLY, after the first step. Each step may be repeated. A server of an earlier release that still serves
-- then looks through a conversation for what has expired in it.

BEGIN;

-- Whether it expires no earlier than every entry before it that expires in turn. Handshakes don't; nor does a message that is
-- stored after one that lives longer, be it that clocks of servers differ or that messages were kept for longer before. What
-- is stored without saying so (by the previous release, or before this column was there) doesn't either, and is found by the
-- index.
ALTER TABLE messages ADD COLUMN IF NOT EXISTS expires_in_turn boolean NOT NULL DEFAULT false;

ALTER TABLE conversations
    -- No kept entry before this one expires in turn; null when none does. They are looked for from here on, so that what
    -- outlives them isn't stepped over again and again.
    ADD COLUMN IF NOT EXISTS in_turn_from_seq bigint,
    -- The latest expiry of any entry that expires in turn, kept or not: the next one expires no earlier.
    ADD COLUMN IF NOT EXISTS in_turn_expiry timestamptz;

COMMIT;

BEGIN;

CREATE INDEX IF NOT EXISTS messages_out_of_turn ON messages (convo_id, expires_at, seq) WHERE NOT expires_in_turn;

-- As before, but that it says which messages expire in turn.
CREATE OR REPLACE FUNCTION append_entries(
    convo_ids text[], senders text[], kinds text[], epochs bigint[], group_ids bytea[], msg_ids text[], tags bytea[],
    ciphertexts bytea[], embed_types text[], embed_uris text[], created timestamptz[], expiries timestamptz[],
    may_wait boolean)
-- place: position in the arrays, from 1. seq and epoch: where the entry stands, or where an earlier one with its msg_id does
-- ('earlier'; created_at and request_tag are that one's); epoch alone: the conversation's ('other epoch').
RETURNS TABLE (place bigint, outcome text, seq bigint, epoch bigint, created_at timestamptz, request_tag bytea)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    -- Of the locked conversations, as they are under the lock.
    locked text[];
    row_ids tid[];
    locked_groups bytea[];
    locked_epochs bigint[];
    next_seqs bigint[];
    app_counts bigint[];
    event_txids xid8[];
    in_turn_expiries timestamptz[];
BEGIN
    IF may_wait THEN
        -- Not for long: whoever waits here keeps a connection from others.
        PERFORM set_config('lock_timeout', '500ms', true);
        SELECT array_agg(convo_id), array_agg(row_id), array_agg(group_id), array_agg(epoch), array_agg(next_seq),
            array_agg(app_count), array_agg(greatest(last_event_txid, pg_current_xact_id())), array_agg(in_turn_expiry)
        INTO locked, row_ids, locked_groups, locked_epochs, next_seqs, app_counts, event_txids,
            in_turn_expiries
        FROM (
            SELECT convo_id, ctid AS row_id, group_id, epoch, next_seq, app_count, last_event_txid, in_turn_expiry
            FROM conversations WHERE convo_id = ANY (convo_ids) AND deleted_at IS NULL
            ORDER BY convo_id FOR NO KEY UPDATE) l;
    ELSE
        SELECT array_agg(convo_id), array_agg(row_id), array_agg(group_id), array_agg(epoch), array_agg(next_seq),
            array_agg(app_count), array_agg(greatest(last_event_txid, pg_current_xact_id())), array_agg(in_turn_expiry)
        INTO locked, row_ids, locked_groups, locked_epochs, next_seqs, app_counts, event_txids,
            in_turn_expiries
        FROM (
            SELECT convo_id, ctid AS row_id, group_id, epoch, next_seq, app_count, last_event_txid, in_turn_expiry
            FROM conversations WHERE convo_id = ANY (convo_ids) AND deleted_at IS NULL
            ORDER BY convo_id FOR NO KEY UPDATE SKIP LOCKED) l;
    END IF;
    RETURN QUERY
    WITH judged AS MATERIALIZED (
        SELECT i.place, i.convo_id, i.kind, i.epoch, i.msg_id, i.tag, i.created_at, i.expires_at,
            c.row_id, c.epoch AS current_epoch, c.next_seq, c.app_count, c.event_txid,
            c.in_turn_expiry AS earlier_expiry,
            e.seq AS earlier_seq, e.epoch AS earlier_epoch, e.created_at AS earlier_at, e.request_tag AS earlier_tag,
            CASE
                WHEN c.row_id IS NULL AND NOT EXISTS (
                    SELECT FROM conversations c WHERE c.convo_id = i.convo_id AND c.deleted_at IS NULL)
                    THEN 'no conversation'
                -- A repetition is answered as the first time, whatever has happened since. The tag is the sender's own.
                WHEN e.request_tag = i.tag THEN 'earlier'
                WHEN c.row_id IS NULL THEN 'busy'
                WHEN NOT EXISTS (
                    SELECT FROM members m
                    WHERE m.convo_id = i.convo_id AND m.user_did = i.sender AND m.left_at IS NULL) THEN 'no member'
                WHEN e.seq IS NOT NULL THEN 'earlier'
                WHEN i.group_id <> c.group_id THEN 'other group'
                WHEN i.epoch <> c.epoch THEN 'other epoch'
                ELSE 'appended'
            END AS outcome
        FROM unnest(convo_ids, senders, kinds, epochs, group_ids, msg_ids, tags, created, expiries)
            WITH ORDINALITY AS i (convo_id, sender, kind, epoch, group_id, msg_id, tag, created_at, expires_at, place)
        LEFT JOIN unnest(locked, row_ids, locked_groups, locked_epochs, next_seqs, app_counts, event_txids,
                in_turn_expiries)
            AS c (convo_id, row_id, group_id, epoch, next_seq, app_count, event_txid, in_turn_expiry) ON c.convo_id = i.convo_id
        LEFT JOIN LATERAL (
            -- Asked for in order, so that the index of message ids is the one to use even while the table is empty: a plan
            -- made then would else walk whole conversations later.
            SELECT m.msg_id, m.seq, m.epoch, m.created_at, m.request_tag FROM messages m
            WHERE m.convo_id = i.convo_id AND m.msg_id >= i.msg_id ORDER BY m.msg_id LIMIT 1) e
            ON e.msg_id = i.msg_id
    ), ordered AS (
        SELECT j.*, next_seq - 1 + row_number() OVER w AS seq,
            app_count + count(*) FILTER (WHERE kind = 'app') OVER w AS app_ordinal,
            greatest(earlier_expiry, max(expires_at) FILTER (WHERE kind = 'app') OVER (PARTITION BY convo_id))
                AS in_turn_expiry
        FROM judged j WHERE outcome = 'appended'
        WINDOW w AS (PARTITION BY convo_id ORDER BY place ROWS UNBOUNDED PRECEDING)
    ), numbered AS MATERIALIZED (
        -- Ids are given in the order of the seqs, under the locks.
        SELECT o.*, nextval('events_id_seq') AS event_id
        FROM (SELECT * FROM ordered ORDER BY convo_id, place OFFSET 0) o
    ), stored AS (
        INSERT INTO messages (convo_id, seq, kind, epoch, msg_id, request_tag, ciphertext, embed_type, embed_uri,
            app_ordinal, created_at, expires_at, expires_in_turn, event_txid, event_id)
        SELECT convo_id, seq, kind, epoch, msg_id, tag, ciphertexts[place], embed_types[place], embed_uris[place],
            app_ordinal, created_at, expires_at, kind = 'app' AND expires_at = in_turn_expiry, event_txid, event_id
        FROM numbered
    ), told AS (
        INSERT INTO events (txid, id, convo_id, kind, seq, epoch, created_at) OVERRIDING SYSTEM VALUE
        SELECT event_txid, event_id, convo_id, 'entry', seq, epoch, created_at FROM numbered
    ), moved AS (
        UPDATE conversations c SET
            next_seq = c.next_seq + n.entries,
            kept_min_seq = CASE WHEN c.kept_count = 0 THEN c.next_seq ELSE c.kept_min_seq END,
            kept_count = c.kept_count + n.entries,
            app_count = c.app_count + n.app_entries,
            kept_app_count = c.kept_app_count + n.app_entries,
            next_expiry = least(c.next_expiry, n.first_expiry),
            in_turn_from_seq = CASE WHEN n.app_entries > 0 THEN coalesce(c.in_turn_from_seq, c.next_seq)
                ELSE c.in_turn_from_seq END,
            in_turn_expiry = n.in_turn_expiry,
            last_message_at = greatest(c.last_message_at, n.last_app_at),
            epoch = c.epoch + n.commits,
            last_event_txid = n.event_txid
        FROM (
            SELECT row_id, event_txid, in_turn_expiry, count(*) AS entries, count(*) FILTER (WHERE kind = 'app') AS app_entries,
                count(*) FILTER (WHERE kind = 'commit') AS commits,
                min(expires_at) AS first_expiry, max(created_at) FILTER (WHERE kind = 'app') AS last_app_at
            FROM numbered GROUP BY row_id, event_txid, in_turn_expiry) n
        -- The rows that are locked: nobody moves them.
        WHERE c.ctid = n.row_id
    )
    SELECT j.place, j.outcome, coalesce(n.seq, j.earlier_seq), coalesce(j.earlier_epoch, j.current_epoch),
        j.earlier_at, j.earlier_tag
    FROM judged j LEFT JOIN numbered n USING (place);
END
$$;

-- The newest entry that expires in turn and has expired, while the retention job is behind; else nulls. It is found by
-- steps that grow, then halve. Behind a thousand entries in a row that don't expire in turn nothing is looked for: the job
-- comes to that.
CREATE OR REPLACE FUNCTION last_expired_in_turn(convo text, now timestamptz, OUT seq bigint, OUT app_ordinal bigint)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    -- Entries before the lower one have expired, those from the upper one on have not.
    lower_seq bigint;
    upper_seq bigint;
    middle bigint;
    step bigint := 1;
    e record;
BEGIN
    SELECT in_turn_from_seq, next_seq INTO lower_seq, upper_seq
    FROM conversations WHERE convo_id = convo AND next_expiry <= now;
    WHILE lower_seq < upper_seq LOOP
        middle := least(lower_seq + step - 1, (lower_seq + upper_seq) / 2);
        SELECT * INTO e FROM (
            SELECT m.seq, m.app_ordinal, m.expires_at, m.expires_in_turn FROM messages m
            WHERE m.convo_id = convo AND m.seq >= middle AND m.seq < upper_seq ORDER BY m.seq LIMIT 1000) m
        WHERE m.expires_in_turn ORDER BY m.seq LIMIT 1;
        IF e.expires_at <= now THEN
            seq := e.seq;
            app_ordinal := e.app_ordinal;
            lower_seq := e.seq + 1;
            step := step * 2;
        ELSE
            upper_seq := middle;
        END IF;
    END LOOP;
END
$$;

-- As before, but that what expires next is looked for in two places, and that rows are looked up one by one, whatever the
-- planner thinks of a conversation's size: else it may walk all entries by the index of their ids. A thousand entries are
-- stepped over at most. When none of them expires in turn, the conversation stays due, and the next call goes on from there,
-- also one that removes nothing.
CREATE OR REPLACE FUNCTION remove_entries(convo text, seqs bigint[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    removed bigint[];
    removed_app bigint;
    from_seq bigint;
    in_turn record;
    stepped_to bigint;
    oldest bigint;
    touched tid[];
BEGIN
    WITH gone AS (
        DELETE FROM messages WHERE ctid = ANY (ARRAY(
            SELECT m.ctid FROM unnest(seqs) AS r (seq)
            CROSS JOIN LATERAL (
                SELECT ctid, seq FROM messages WHERE convo_id = convo AND seq >= r.seq ORDER BY seq LIMIT 1) m
            WHERE m.seq = r.seq))
        RETURNING seq, kind)
    SELECT array_agg(seq), count(*) FILTER (WHERE kind = 'app') INTO removed, removed_app FROM gone;

    SELECT in_turn_from_seq INTO from_seq FROM conversations WHERE convo_id = convo;
    SELECT * INTO in_turn FROM (
        SELECT seq, expires_at, expires_in_turn FROM messages
        WHERE convo_id = convo AND seq >= from_seq ORDER BY seq LIMIT 1000) m
    WHERE expires_in_turn ORDER BY seq LIMIT 1;
    IF in_turn.seq IS NULL THEN
        SELECT seq INTO stepped_to FROM messages
        WHERE convo_id = convo AND seq >= from_seq ORDER BY seq LIMIT 1 OFFSET 999;
    END IF;

    UPDATE conversations c SET
        kept_count = kept_count - coalesce(cardinality(removed), 0),
        kept_app_count = kept_app_count - removed_app,
        kept_min_seq = coalesce(
            (SELECT min(seq) FROM messages m WHERE m.convo_id = convo AND seq >= c.kept_min_seq), c.next_seq),
        in_turn_from_seq = coalesce(in_turn.seq, stepped_to + 1),
        -- It was not later than any expiry.
        next_expiry = CASE WHEN stepped_to IS NOT NULL THEN next_expiry ELSE least(in_turn.expires_at, (
            SELECT m.expires_at FROM messages m WHERE m.convo_id = convo AND NOT m.expires_in_turn
            ORDER BY m.expires_at, m.seq LIMIT 1)) END
    WHERE convo_id = convo
    RETURNING kept_min_seq INTO oldest;

    -- What adjoins the removed seqs becomes one run with them.
    DELETE FROM gaps WHERE convo_id = convo AND first_seq < oldest;
    SELECT array_agg(g.ctid) INTO touched
    FROM unnest(removed) AS r (seq)
    CROSS JOIN LATERAL (
        (SELECT ctid, first_seq, last_seq FROM gaps WHERE convo_id = convo AND first_seq < r.seq
            ORDER BY first_seq DESC LIMIT 1)
        UNION ALL
        (SELECT ctid, first_seq, last_seq FROM gaps WHERE convo_id = convo AND first_seq > r.seq
            ORDER BY first_seq LIMIT 1)) g
    WHERE g.last_seq = r.seq - 1 OR g.first_seq = r.seq + 1;

    WITH merged AS (
        DELETE FROM gaps WHERE ctid = ANY (touched) RETURNING first_seq, last_seq
    ), runs AS (
        SELECT first_seq, last_seq FROM merged
        UNION ALL
        SELECT seq, seq FROM unnest(removed) AS r (seq) WHERE seq > oldest
    ), joints AS (
        SELECT *, lag(last_seq) OVER (ORDER BY first_seq) IS DISTINCT FROM first_seq - 1 AS begins FROM runs
    ), numbered AS (
        SELECT *, count(*) FILTER (WHERE begins) OVER (ORDER BY first_seq) AS run FROM joints
    )
    INSERT INTO gaps (convo_id, first_seq, last_seq)
    SELECT convo, min(first_seq), max(last_seq) FROM numbered GROUP BY run;

    RETURN coalesce(cardinality(removed), 0);
END
$$;

-- As before, but that the newest message that has expired is looked for in two places.
CREATE OR REPLACE FUNCTION read_state(convo text, reader text, now timestamptz)
RETURNS TABLE (read_seq bigint, delivered_seq bigint, unread_count bigint, last_seq bigint)
LANGUAGE sql STABLE AS $$
    SELECT p.read_seq, p.delivered_seq,
        -- Without an expired entry the third is null, which least() passes over, and so does greatest().
        least(c.app_count - p.read_app_count, c.kept_app_count, c.app_count - CASE WHEN c.next_expiry <= now THEN greatest(
            (SELECT e.app_ordinal FROM last_expired_in_turn(convo, now) e),
            (SELECT m.app_ordinal FROM messages m
            WHERE m.convo_id = convo AND m.expires_at <= now AND m.kind = 'app' AND NOT m.expires_in_turn
            ORDER BY m.expires_at DESC, m.seq DESC LIMIT 1)) END),
        c.next_seq - 1
    FROM conversations c CROSS JOIN (
        SELECT max(m.read_seq) AS read_seq, max(m.read_app_count) AS read_app_count,
            max(m.delivered_seq) AS delivered_seq
        FROM members m WHERE m.convo_id = convo AND m.user_did = reader AND m.left_at IS NULL) p
    WHERE c.convo_id = convo AND c.deleted_at IS NULL AND p.read_seq IS NOT NULL
$$;

-- As before, but that only what has expired is looked at, where the planner might have walked the log from its end. No commit
-- expires in turn.
CREATE OR REPLACE FUNCTION last_expired_commit(convo text, now timestamptz) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT greatest(c.expired_commit_seq, CASE WHEN c.next_expiry <= now THEN (
        SELECT max(e.seq) FROM (
            SELECT m.seq, m.kind FROM messages m
            WHERE m.convo_id = convo AND m.expires_at <= now AND NOT m.expires_in_turn
            ORDER BY m.expires_at, m.seq OFFSET 0) e
        WHERE e.kind = 'commit') END)
    FROM conversations c WHERE c.convo_id = convo
$$;

COMMIT;

DROP INDEX IF EXISTS messages_by_expiry;
