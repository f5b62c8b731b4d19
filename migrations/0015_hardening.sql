-- What must not be forgotten with the row that it was in.

-- Key packages that somebody got and that their owner deleted afterwards. Published anew, the same bytes would go to
-- somebody else as well. They stay until nobody would take the bytes any more.
CREATE TABLE withdrawn_key_packages (
    -- KeyPackageRef (RFC 9420 section 5.2).
    reference    bytea PRIMARY KEY,
    lifetime_end timestamptz NOT NULL
);

CREATE INDEX withdrawn_key_packages_by_lifetime ON withdrawn_key_packages (lifetime_end);

-- Keyed hash of the member who sent it: nobody but they and admins replaces it within its epoch. Null in rows of earlier
-- releases.
ALTER TABLE group_infos ADD COLUMN sender_tag bytea;

-- The newest commit that has expired and was removed. What was removed before this release isn't known, and counts as nothing.
ALTER TABLE conversations ADD COLUMN expired_commit_seq bigint NOT NULL DEFAULT 0;

-- The seq of the newest commit that has expired, whether or not it was removed; 0 when none has. A member who has not received
-- that far can't follow the group any more.
CREATE FUNCTION last_expired_commit(convo text, now timestamptz) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT greatest(c.expired_commit_seq, CASE WHEN c.next_expiry <= now THEN (
        SELECT max(m.seq) FROM messages m WHERE m.convo_id = convo AND m.expires_at <= now AND m.kind = 'commit') END)
    FROM conversations c WHERE c.convo_id = convo
$$;
