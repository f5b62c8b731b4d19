-- The log of each conversation and the events that tell of it.

-- No foreign key to conversations: every entry is written under the lock of its conversation's row, which never goes away, and
-- checking it again for each entry would cost more than storing it.
CREATE TABLE messages (
    convo_id    text NOT NULL,
    seq         bigint NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('app', 'proposal', 'commit')),
    -- The epoch that the entry was made in. A commit made in epoch N leads to N + 1.
    epoch       bigint NOT NULL,
    -- The id that the client chose, unique in its conversation.
    msg_id      text NOT NULL,
    -- Keyed hash of sender and content: tells a retry from a clash of ids without storing who sent what.
    request_tag bytea NOT NULL,
    ciphertext  bytea NOT NULL,
    embed_type  text,
    embed_uri   text,
    -- How many application entries there are up to and including this one.
    app_ordinal bigint NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (convo_id, seq),
    CONSTRAINT messages_msg_id UNIQUE (convo_id, msg_id)
);

-- Ciphertext does not compress; trying costs time.
ALTER TABLE messages ALTER COLUMN ciphertext SET STORAGE EXTERNAL;

-- A late client walks the commits without reading the messages between them.
CREATE UNIQUE INDEX messages_commit_epoch ON messages (convo_id, epoch) WHERE kind = 'commit';

-- Retention and reports of gaps find what has expired without reading a conversation.
CREATE INDEX messages_by_expiry ON messages (convo_id, expires_at, seq);

-- Seqs between the oldest kept entry and the end of the log whose entries are gone, as maximal runs: no two overlap or
-- adjoin. Commits outlive the messages around them, so most older conversations have some; telling of them reads these rows
-- and not the log.
CREATE TABLE gaps (
    convo_id  text NOT NULL,
    first_seq bigint NOT NULL,
    last_seq  bigint NOT NULL,
    -- Ends with last_seq, so that adding up lengths reads nothing but the index.
    PRIMARY KEY (convo_id, first_seq) INCLUDE (last_seq),
    CHECK (first_seq <= last_seq)
);

-- Written by the transaction of the change itself, so that no change is without its event and no event without its
-- change. Read in (txid, id) order below pg_snapshot_xmin(pg_current_snapshot()): nothing can still commit behind that.
CREATE TABLE events (
    txid        xid8 NOT NULL DEFAULT pg_current_xact_id(),
    id          bigint GENERATED ALWAYS AS IDENTITY,
    convo_id    text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('entry', 'joined', 'left', 'removed')),
    -- The log entry that this event tells of, or after which it happened. Never a copy of a ciphertext.
    seq         bigint NOT NULL,
    epoch       bigint NOT NULL,
    subject_did text,
    actor_did   text,
    reason      text,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (txid, id)
);

-- Who did what to whom, for the admins of a conversation and its operator. Append only.
CREATE TABLE audit_log (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    convo_id    text NOT NULL,
    action      text NOT NULL,
    actor_did   text NOT NULL,
    subject_did text,
    reason      text,
    created_at  timestamptz NOT NULL
);

CREATE INDEX audit_log_by_convo ON audit_log (convo_id, id);

-- The part of a log that a user may read: after_seq < seq <= last_seq. An active user reads from the earliest joining of
-- any of their devices on; one who has left reads up to where they left last. No row for anybody else. is_gapless says that nothing
-- is missing between the oldest and the newest kept entry, without looking at entries; it may say false for a moment
-- while expired entries wait for the retention job.
CREATE FUNCTION read_access(convo text, reader text, now timestamptz)
RETURNS TABLE (after_seq bigint, last_seq bigint, is_gapless boolean, is_active boolean)
LANGUAGE sql STABLE AS $$
    SELECT m.joined_seq, coalesce(m.left_seq, c.next_seq - 1),
        c.next_seq - c.kept_min_seq = c.kept_count AND coalesce(c.next_expiry > now, true), m.left_at IS NULL
    FROM members m JOIN conversations c USING (convo_id)
    WHERE m.convo_id = convo AND m.user_did = reader AND c.deleted_at IS NULL
    ORDER BY m.left_at IS NULL DESC, m.left_seq DESC, m.joined_seq
    LIMIT 1
$$;

-- Removes entries of a conversation whose row the caller has locked: the one way in which entries go while the
-- conversation lives. Keeps its counters and gaps. Returns how many entries were there.
CREATE FUNCTION remove_entries(convo text, seqs bigint[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    removed bigint[];
    removed_app bigint;
    oldest bigint;
    touched bigint[];
BEGIN
    WITH gone AS (DELETE FROM messages WHERE convo_id = convo AND seq = ANY (seqs) RETURNING seq, kind)
    SELECT array_agg(seq), count(*) FILTER (WHERE kind = 'app') INTO removed, removed_app FROM gone;

    UPDATE conversations c SET
        kept_count = kept_count - coalesce(cardinality(removed), 0),
        kept_app_count = kept_app_count - removed_app,
        kept_min_seq = coalesce(
            (SELECT min(seq) FROM messages m WHERE m.convo_id = convo AND seq >= c.kept_min_seq), c.next_seq),
        next_expiry = (SELECT min(expires_at) FROM messages m WHERE m.convo_id = convo)
    WHERE convo_id = convo
    RETURNING kept_min_seq INTO oldest;

    -- What adjoins the removed seqs becomes one run with them.
    SELECT array_agg(g.first_seq) INTO touched
    FROM unnest(removed) AS r (seq)
    CROSS JOIN LATERAL (
        (SELECT first_seq, last_seq FROM gaps WHERE convo_id = convo AND first_seq < r.seq
            ORDER BY first_seq DESC LIMIT 1)
        UNION ALL
        (SELECT first_seq, last_seq FROM gaps WHERE convo_id = convo AND first_seq = r.seq + 1)) g
    WHERE g.last_seq = r.seq - 1 OR g.first_seq = r.seq + 1;

    WITH merged AS (
        DELETE FROM gaps WHERE convo_id = convo AND (first_seq = ANY (touched) OR first_seq < oldest)
        RETURNING first_seq, last_seq
    ), runs AS (
        SELECT first_seq, last_seq FROM merged WHERE first_seq > oldest
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

-- Appends many entries to many conversations, each judged alone: one that is refused doesn't touch its neighbours. The whole
-- call is one transaction, so that one flush to disk makes all of them durable.
--
-- Two statements: the second one's view of the database begins after the first one has the locks, so that it sees every
-- member, epoch and message id that was committed before. Locks are taken in one order. A conversation whose row is locked
-- by somebody else is waited for only if may_wait says so; else its entries are 'busy' and the others go ahead.
--
-- The callers' arrays have one element per entry. No two entries may have the same convo_id and msg_id, and a commit is alone:
-- it moves the epoch.
CREATE FUNCTION append_entries(
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
    ), numbered AS MATERIALIZED (
        SELECT place, convo_id, kind, next_seq - 1 + row_number() OVER w AS seq,
            app_count + count(*) FILTER (WHERE kind = 'app') OVER w AS app_ordinal
        FROM judged WHERE outcome = 'appended'
        WINDOW w AS (PARTITION BY convo_id ORDER BY place ROWS UNBOUNDED PRECEDING)
    ), stored AS (
        INSERT INTO messages (convo_id, seq, kind, epoch, msg_id, request_tag, ciphertext, embed_type, embed_uri,
            app_ordinal, created_at, expires_at)
        SELECT i.convo_id, n.seq, i.kind, i.epoch, i.msg_id, i.tag, i.ciphertext, i.embed_type, i.embed_uri,
            n.app_ordinal, i.created_at, i.expires_at
        FROM numbered n JOIN input i USING (place)
    ), told AS (
        INSERT INTO events (convo_id, kind, seq, epoch, created_at)
        SELECT i.convo_id, 'entry', n.seq, i.epoch, i.created_at
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
            epoch = c.epoch + n.commits
        FROM (
            SELECT n.convo_id, count(*) AS entries, count(*) FILTER (WHERE n.kind = 'app') AS app_entries,
                count(*) FILTER (WHERE n.kind = 'commit') AS commits,
                min(i.expires_at) AS first_expiry, max(i.created_at) FILTER (WHERE n.kind = 'app') AS last_app_at
            FROM numbered n JOIN input i USING (place) GROUP BY n.convo_id) n
        WHERE c.convo_id = n.convo_id
    )
    SELECT j.place, j.outcome, coalesce(n.seq, j.earlier_seq), coalesce(j.earlier_epoch, j.current_epoch),
        j.earlier_at, j.earlier_tag
    FROM judged j LEFT JOIN numbered n USING (place);
END
$$;
