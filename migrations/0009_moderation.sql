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
