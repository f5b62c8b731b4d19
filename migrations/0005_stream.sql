-- The stream: where each event stands in it, what it tells, and who sees it.
--
-- An event's place is (txid, id). A follower reads below pg_snapshot_xmin(pg_current_snapshot()): whatever can still
-- be committed has a higher txid. That alone would let a transaction with a low txid, which waited for a conversation's lock,
-- stand before one with a higher txid that held it. So the txid of a place is not the writer's own, but the higher of that
-- and the last one given in the conversation, read under its lock: within a conversation places rise as events happen. An own
-- txid is never higher than its place's, so what is below the horizon is still complete.

ALTER TABLE conversations ADD COLUMN last_event_txid xid8 NOT NULL DEFAULT '0';

ALTER TABLE events
    -- Null for what concerns one user alone, whatever their conversations.
    ALTER COLUMN convo_id DROP NOT NULL,
    -- Who sees it, of those whose time in the conversation it falls into.
    ADD COLUMN audience text NOT NULL DEFAULT 'members' CHECK (audience IN ('members', 'admins', 'subject')),
    -- What a kind has to tell beyond the columns, as JSON whose shape the server keeps readable for later releases.
    ADD COLUMN detail jsonb,
    DROP CONSTRAINT events_kind_check,
    ADD CONSTRAINT events_kind_check CHECK (kind IN (
        'entry', 'joined', 'left', 'removed', 'role', 'reaction', 'read', 'device_added', 'device_removed',
        'rejoin_requested', 'group_info_requested', 'alert')),
    ADD CONSTRAINT events_have_readers CHECK (convo_id IS NOT NULL OR (audience = 'subject' AND subject_did IS NOT NULL));

-- Whoever comes back with a cursor reads on in each of their conversations, not in the whole server's log.
CREATE INDEX events_by_convo ON events (convo_id, txid, id);
CREATE INDEX events_by_subject ON events (subject_did, txid, id) WHERE convo_id IS NULL;

ALTER TABLE members
    -- Events from this one to left_event are the member's, both included; null for a moment, until the event is written.
    -- Within a conversation ids rise as places do.
    ADD COLUMN joined_event bigint,
    ADD COLUMN left_event bigint,
    -- Place of the last event that told of this member's reading: those come in order without the conversation's lock.
    ADD COLUMN read_event_txid xid8 NOT NULL DEFAULT '0';

UPDATE members m SET
    joined_event = coalesce((SELECT max(e.id) FROM events e
        WHERE e.convo_id = m.convo_id AND e.kind = 'joined' AND e.subject_did = m.user_did), 0),
    left_event = CASE WHEN m.left_at IS NOT NULL THEN coalesce((SELECT max(e.id) FROM events e
        WHERE e.convo_id = m.convo_id AND e.kind IN ('left', 'removed') AND e.subject_did = m.user_did), 0) END;

ALTER TABLE messages
    -- Place of the entry's event. It outlives the event, for those who were away for longer.
    ADD COLUMN event_txid xid8 NOT NULL DEFAULT '0',
    ADD COLUMN event_id bigint NOT NULL DEFAULT 0,
    -- Whether anybody ever reacted: readers look for reactions only then.
    ADD COLUMN is_reacted boolean NOT NULL DEFAULT false;

UPDATE messages m SET event_txid = e.txid, event_id = e.id
FROM events e WHERE e.convo_id = m.convo_id AND e.kind = 'entry' AND e.seq = m.seq;

UPDATE conversations c SET last_event_txid = coalesce(
    (SELECT e.txid FROM events e WHERE e.convo_id = c.convo_id ORDER BY e.txid DESC LIMIT 1), '0');

CREATE TABLE reactions (
    convo_id   text NOT NULL,
    seq        bigint NOT NULL,
    user_did   text NOT NULL,
    reaction   text NOT NULL,
    created_at timestamptz NOT NULL,
    -- Orders the reactions to an entry.
    position   bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (convo_id, seq, user_did, reaction),
    FOREIGN KEY (convo_id, seq) REFERENCES messages ON DELETE CASCADE
);

-- One row.
CREATE TABLE stream (
    is_only    boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    -- The newest place whose event, or an event after which, may be gone. Cursors before it have expired.
    floor_txid xid8 NOT NULL DEFAULT '0',
    floor_id   bigint NOT NULL DEFAULT 0,
    -- The cluster whose txids the places are made of. A dump that is restored into another one begins a new era: its places
    -- can't be compared with those of the one before, and cursors say which one they are from.
    cluster    bigint NOT NULL,
    era        bigint NOT NULL DEFAULT 0
);

INSERT INTO stream (cluster) SELECT system_identifier FROM pg_control_system();

CREATE TABLE subscription_tickets (
    -- Keyed hash of the ticket.
    tag        bytea PRIMARY KEY,
    user_did   text NOT NULL,
    -- Null for all conversations of the user.
    convo_id   text,
    expires_at timestamptz NOT NULL
);

CREATE INDEX subscription_tickets_by_expiry ON subscription_tickets (expires_at);

-- Who has events of which conversations: one row for each conversation that the reader is or was in, with the part of
-- its log and of its events that is theirs. Further devices don't narrow it: the earliest joining counts, as in read_access.
CREATE FUNCTION event_access(reader text)
RETURNS TABLE (convo_id text, after_seq bigint, last_seq bigint, from_event bigint, to_event bigint, is_admin boolean)
LANGUAGE sql STABLE AS $$
    SELECT DISTINCT ON (m.convo_id) m.convo_id, m.joined_seq, m.left_seq, coalesce(m.joined_event, 0), m.left_event,
        m.is_admin OR m.is_moderator
    FROM members m
    WHERE m.user_did = reader
    ORDER BY m.convo_id, m.left_at IS NULL DESC, m.left_seq DESC, m.joined_seq
$$;

-- As before, and with the place of each entry's event.
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
    locked text[];
BEGIN
    IF may_wait THEN
        -- Not for long: whoever waits here keeps a connection from others.
        PERFORM set_config('lock_timeout', '500ms', true);
        SELECT array_agg(convo_id) INTO locked FROM (
            SELECT convo_id FROM conversations WHERE convo_id = ANY (convo_ids) AND deleted_at IS NULL
            ORDER BY convo_id FOR NO KEY UPDATE) l;
    ELSE
        SELECT array_agg(convo_id) INTO locked FROM (
            SELECT convo_id FROM conversations WHERE convo_id = ANY (convo_ids) AND deleted_at IS NULL
            ORDER BY convo_id FOR NO KEY UPDATE SKIP LOCKED) l;
    END IF;
    RETURN QUERY
    WITH input AS MATERIALIZED (
        SELECT * FROM unnest(convo_ids, senders, kinds, epochs, group_ids, msg_ids, tags, ciphertexts, embed_types,
            embed_uris, created, expiries) WITH ORDINALITY AS i (convo_id, sender, kind, epoch, group_id, msg_id, tag,
            ciphertext, embed_type, embed_uri, created_at, expires_at, place)
    ), judged AS MATERIALIZED (
        SELECT i.place, i.convo_id, i.kind, c.epoch AS current_epoch, c.next_seq, c.app_count,
            greatest(c.last_event_txid, pg_current_xact_id()) AS event_txid,
            e.seq AS earlier_seq, e.epoch AS earlier_epoch, e.created_at AS earlier_at, e.request_tag AS earlier_tag,
            CASE
                WHEN c.epoch IS NULL THEN 'no conversation'
                -- A repetition is answered as the first time, whatever has happened since. The tag is the sender's own.
                WHEN e.request_tag = i.tag THEN 'earlier'
                WHEN i.convo_id <> ALL (coalesce(locked, '{}')) THEN 'busy'
                WHEN NOT EXISTS (
                    SELECT FROM members m
                    WHERE m.convo_id = i.convo_id AND m.user_did = i.sender AND m.left_at IS NULL) THEN 'no member'
                WHEN e.seq IS NOT NULL THEN 'earlier'
                WHEN i.group_id <> c.group_id THEN 'other group'
                WHEN i.epoch <> c.epoch THEN 'other epoch'
                ELSE 'appended'
            END AS outcome
        FROM input i
        -- Looked up one by one, whatever the planner thinks of the tables' sizes.
        LEFT JOIN LATERAL (
            SELECT * FROM conversations c WHERE c.convo_id = i.convo_id AND c.deleted_at IS NULL LIMIT 1) c ON true
        LEFT JOIN LATERAL (
            -- Asked for in order, so that the index of message ids is the one to use even while the table is empty: a plan
            -- made then would else walk whole conversations later.
            SELECT m.msg_id, m.seq, m.epoch, m.created_at, m.request_tag FROM messages m
            WHERE m.convo_id = i.convo_id AND m.msg_id >= i.msg_id ORDER BY m.msg_id LIMIT 1) e
            ON e.msg_id = i.msg_id
    ), ordered AS MATERIALIZED (
        SELECT place, convo_id, kind, next_seq - 1 + row_number() OVER w AS seq,
            app_count + count(*) FILTER (WHERE kind = 'app') OVER w AS app_ordinal, event_txid
        FROM judged WHERE outcome = 'appended'
        WINDOW w AS (PARTITION BY convo_id ORDER BY place ROWS UNBOUNDED PRECEDING)
    ), numbered AS MATERIALIZED (
        -- Ids are given in the order of the seqs, under the locks.
        SELECT o.*, nextval('events_id_seq') AS event_id FROM (SELECT * FROM ordered ORDER BY place OFFSET 0) o
    ), stored AS (
        INSERT INTO messages (convo_id, seq, kind, epoch, msg_id, request_tag, ciphertext, embed_type, embed_uri,
            app_ordinal, created_at, expires_at, event_txid, event_id)
        SELECT i.convo_id, n.seq, i.kind, i.epoch, i.msg_id, i.tag, i.ciphertext, i.embed_type, i.embed_uri,
            n.app_ordinal, i.created_at, i.expires_at, n.event_txid, n.event_id
        FROM numbered n JOIN input i USING (place)
    ), told AS (
        INSERT INTO events (txid, id, convo_id, kind, seq, epoch, created_at) OVERRIDING SYSTEM VALUE
        SELECT n.event_txid, n.event_id, i.convo_id, 'entry', n.seq, i.epoch, i.created_at
        FROM numbered n JOIN input i USING (place) ORDER BY place
    ), moved AS (
        UPDATE conversations c SET
            next_seq = c.next_seq + n.entries,
            kept_min_seq = CASE WHEN c.kept_count = 0 THEN c.next_seq ELSE c.kept_min_seq END,
            kept_count = c.kept_count + n.entries,
            app_count = c.app_count + n.app_entries,
            kept_app_count = c.kept_app_count + n.app_entries,
            next_expiry = least(c.next_expiry, n.first_expiry),
            last_message_at = greatest(c.last_message_at, n.last_app_at),
            epoch = c.epoch + n.commits,
            last_event_txid = n.event_txid
        FROM (
            SELECT n.convo_id, n.event_txid, count(*) AS entries, count(*) FILTER (WHERE n.kind = 'app') AS app_entries,
                count(*) FILTER (WHERE n.kind = 'commit') AS commits,
                min(i.expires_at) AS first_expiry, max(i.created_at) FILTER (WHERE n.kind = 'app') AS last_app_at
            FROM numbered n JOIN input i USING (place) GROUP BY n.convo_id, n.event_txid) n
        WHERE c.convo_id = n.convo_id
    )
    SELECT j.place, j.outcome, coalesce(n.seq, j.earlier_seq), coalesce(j.earlier_epoch, j.current_epoch),
        j.earlier_at, j.earlier_tag
    FROM judged j LEFT JOIN numbered n USING (place);
END
$$;
