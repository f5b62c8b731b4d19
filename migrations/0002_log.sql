-- The log of each conversation and the events that tell of it.

CREATE TABLE messages (
    convo_id    text NOT NULL REFERENCES conversations,
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

-- Retention finds what has expired without reading a conversation.
CREATE INDEX messages_by_expiry ON messages (convo_id, expires_at);

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

-- Old events lie together, so that a block range index is all that their removal needs.
CREATE INDEX events_by_age ON events USING brin (created_at);

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
