-- What members are asked for, how devices stand, and what becomes of stocks and blocks in the course of time.

-- When members were told last; null in rows of earlier releases, which told them at requested_at.
ALTER TABLE rejoin_requests ADD COLUMN told_at timestamptz;

-- Conversations whose members were asked for the GroupInfo of an epoch that nobody has sent since.
CREATE TABLE group_info_requests (
    convo_id text PRIMARY KEY REFERENCES conversations,
    epoch    bigint NOT NULL,
    told_at  timestamptz NOT NULL
);

-- When whoever has the claim, or had it last, first had it without a pause: nobody keeps others from it for good.
ALTER TABLE device_additions ADD COLUMN claimed_since timestamptz;

-- The identity of the member's device that used it, where the server knows it.
ALTER TABLE key_packages ADD COLUMN consumed_by text;

-- When it will be low because of key packages that expire, if nothing else happens; null when it is low already. Where nobody
-- has looked so far, such as in rows of earlier releases, that is due.
ALTER TABLE key_package_stocks ADD COLUMN low_at timestamptz DEFAULT 'epoch';

INSERT INTO key_package_stocks (user_did, did) SELECT DISTINCT user_did, did FROM key_packages WHERE consumed_at IS NULL
ON CONFLICT (user_did, did) DO NOTHING;

CREATE INDEX key_package_stocks_by_low ON key_package_stocks (low_at) WHERE low_at IS NOT NULL;

-- Conflicts between a block and a membership that are over, on the whole server.
CREATE INDEX audit_log_blocks_settled ON audit_log (created_at) WHERE action = 'block_settled';

-- As before, and the policy of a conversation. What is stored was checked.
ALTER TABLE events
    DROP CONSTRAINT events_kind_check,
    ADD CONSTRAINT events_kind_check CHECK (kind IN (
        'entry', 'joined', 'left', 'removed', 'role', 'policy', 'reaction', 'read', 'device_added', 'device_removed',
        'rejoin_requested', 'group_info_requested', 'alert')) NOT VALID;

-- How a user's device stands in each conversation that the user is a member of: listed, waiting to be added, asking to be
-- added anew. A membership without a device may be this one's, unless the device waits. Without a device (null) is_in is
-- null, and asks_anew is about any device of the user.
CREATE FUNCTION device_standing(reader text, device text)
RETURNS TABLE (convo_id text, is_in boolean, is_waiting boolean, asks_anew boolean)
LANGUAGE sql STABLE AS $$
    WITH own AS (
        SELECT m.convo_id, bool_or(m.did = reader || '#' || device) AS is_listed,
            bool_or(m.did = reader AND coalesce(m.device_id, device) = device) AS may_be_unnamed,
            EXISTS (
                SELECT FROM device_additions a
                WHERE a.convo_id = m.convo_id AND a.user_did = reader AND a.device_id = device AND a.done_at IS NULL) AS waits
        FROM members m WHERE m.user_did = reader AND m.left_at IS NULL GROUP BY m.convo_id
    )
    SELECT o.convo_id, o.is_listed OR o.may_be_unnamed AND NOT o.waits, o.waits AND NOT o.is_listed,
        EXISTS (
            SELECT FROM rejoin_requests r
            WHERE r.convo_id = o.convo_id AND r.user_did = reader AND r.approved_at IS NULL
                AND (device IS NULL OR r.did = reader || '#' || device
                    OR r.did = reader AND o.may_be_unnamed AND NOT o.waits))
    FROM own o
$$;
