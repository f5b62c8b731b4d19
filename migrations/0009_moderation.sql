-- Roles, policy, warnings and reports.

-- A user has one role. Earlier releases make no moderators, so there is nothing to be validated.
ALTER TABLE members ADD CONSTRAINT members_have_one_role CHECK (NOT (is_admin AND is_moderator)) NOT VALID;

-- What a conversation has until its admins decide otherwise.
ALTER TABLE conversations
    -- Whether there may be invites, and whether admins alone may make them.
    ADD COLUMN allow_invites          boolean NOT NULL DEFAULT true,
    ADD COLUMN admin_only_invites     boolean NOT NULL DEFAULT false,
    -- Whether plain members may remove each other.
    ADD COLUMN allow_member_remove    boolean NOT NULL DEFAULT false,
    -- Whether nobody joins without an admin, whatever allow_member_add says.
    ADD COLUMN require_admin_approval boolean NOT NULL DEFAULT false,
    -- Null while nobody has changed anything.
    ADD COLUMN policy_updated_at      timestamptz,
    ADD COLUMN policy_updated_by      text;

ALTER TABLE audit_log
    -- The warning that this entry is, or the report that it is about.
    ADD COLUMN item_id    uuid,
    -- Until when a warning counts; null for without limit.
    ADD COLUMN expires_at timestamptz,
    -- What was decided, where the action alone doesn't say it.
    ADD COLUMN detail     text;

-- What happened lately in a conversation: repeated warnings, removals to be counted.
CREATE INDEX audit_log_by_action ON audit_log (convo_id, action, created_at);
-- Removals on the whole server.
CREATE INDEX audit_log_removals ON audit_log (created_at) WHERE action = 'removed';

CREATE TABLE reports (
    convo_id     text NOT NULL REFERENCES conversations,
    report_id    uuid NOT NULL,
    -- Orders reports of one moment: newer means higher.
    position     bigint GENERATED ALWAYS AS IDENTITY,
    reporter_did text NOT NULL,
    reported_did text NOT NULL,
    category     text NOT NULL,
    -- Encrypted for the admins.
    content      bytea NOT NULL,
    -- As the reporter named them.
    message_ids  text[] NOT NULL,
    -- Keyed hash of all that the reporter said: the same again while it is pending is a retry.
    request_tag  bytea NOT NULL,
    created_at   timestamptz NOT NULL,
    status       text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'resolved', 'dismissed')),
    resolution   text CHECK (resolution IN ('removed_member', 'no_action', 'dismissed')),
    resolved_by  text,
    resolved_at  timestamptz,
    PRIMARY KEY (convo_id, report_id),
    CHECK ((status = 'pending') = (resolved_at IS NULL))
);

ALTER TABLE reports ALTER COLUMN content SET STORAGE EXTERNAL;

-- A decision names the report alone.
CREATE INDEX reports_by_id ON reports (report_id);
-- The newest of a conversation, and its statistics, without reading the reports.
CREATE INDEX reports_by_convo ON reports (convo_id, created_at, position) INCLUDE (status, category, resolved_at);
-- Statistics of the whole server.
CREATE INDEX reports_by_age ON reports (created_at) INCLUDE (status, category, resolved_at);
-- Retries, and how many wait of one reporter.
CREATE UNIQUE INDEX reports_pending ON reports (convo_id, request_tag) WHERE status = 'pending';
CREATE INDEX reports_by_reporter ON reports (convo_id, reporter_did) WHERE status = 'pending';
CREATE INDEX reports_by_decision ON reports (resolved_at) WHERE resolved_at IS NOT NULL;
