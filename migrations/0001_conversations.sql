-- Conversations and who may read which part of them.
--
-- Everything that belongs to a conversation has convo_id first in its key: one conversation is one shard's business.
-- All times shown to clients are cut to two seconds before they get here (clock.rs).

CREATE TABLE conversations (
    convo_id        text PRIMARY KEY,
    -- The MLS group id itself; convo_id is its hexadecimal form as the creator wrote it.
    group_id        bytea NOT NULL UNIQUE,
    cipher_suite    text NOT NULL,
    creator_did     text NOT NULL,
    name            text,
    description     text,
    created_at      timestamptz NOT NULL,
    -- Set when the last member leaves. The row stays, so that the group id and its seqs are never used again.
    deleted_at      timestamptz,

    -- The MLS epoch: moved only by the transaction that stores the commit.
    epoch           bigint NOT NULL CHECK (epoch >= 0),
    -- The seq that the next entry gets. This row's lock is the only thing that orders a conversation.
    next_seq        bigint NOT NULL DEFAULT 1 CHECK (next_seq >= 1),
    -- Oldest entry still kept (next_seq when there is none) and how many are kept: next_seq - kept_min_seq = kept_count
    -- says in O(1) that nothing is missing in between.
    kept_min_seq    bigint NOT NULL DEFAULT 1,
    kept_count      bigint NOT NULL DEFAULT 0 CHECK (kept_count >= 0),
    -- Application entries ever stored and still kept: unread counts are differences of these.
    app_count       bigint NOT NULL DEFAULT 0,
    kept_app_count  bigint NOT NULL DEFAULT 0,
    -- When the retention job has something to do: not later than the first expiry of a kept entry, or when the conversation
    -- was deleted; null when nothing is kept.
    next_expiry     timestamptz,
    last_message_at timestamptz,

    -- Policy. The defaults are what a conversation has until its admins decide otherwise.
    allow_member_add boolean NOT NULL DEFAULT true,
    max_members      bigint NOT NULL DEFAULT 1000 CHECK (max_members BETWEEN 2 AND 1000)
)
-- Each message updates this row without touching an indexed column: free space in the page keeps that update in place.
WITH (fillfactor = 50);

-- Found by the retention job; null for the many conversations that keep nothing.
CREATE INDEX conversations_by_expiry ON conversations (next_expiry, convo_id) WHERE next_expiry IS NOT NULL;

-- One row per device that a key package brought in, else one per user. Rows stay when a member leaves.
CREATE TABLE members (
    convo_id       text NOT NULL REFERENCES conversations,
    -- Credential identity: the user's DID, or <user did>#<device id>.
    did            text NOT NULL,
    user_did       text NOT NULL,
    device_id      text,
    device_name    text,
    is_admin       boolean NOT NULL DEFAULT false,
    is_moderator   boolean NOT NULL DEFAULT false,
    promoted_at    timestamptz,
    promoted_by    text,
    joined_at      timestamptz NOT NULL,
    -- The member reads joined_seq < seq <= left_seq: nothing from before joining, the removing commit, nothing after.
    joined_seq     bigint NOT NULL,
    left_at        timestamptz,
    left_seq       bigint,
    read_seq       bigint NOT NULL,
    -- conversations.app_count as of read_seq.
    read_app_count bigint NOT NULL,
    delivered_seq  bigint NOT NULL,
    PRIMARY KEY (convo_id, did),
    CHECK ((left_at IS NULL) = (left_seq IS NULL))
);

CREATE INDEX members_by_user ON members (user_did, convo_id);
