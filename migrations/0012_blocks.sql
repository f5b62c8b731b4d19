-- Blocks between members. The blocks themselves are in the users' own repositories, and servers remember those for
-- minutes each by itself.

-- Blocks that were reported and found in the blocker's repository. Until all servers have forgotten what they knew of that
-- repository before, whoever adds somebody asks here too. Older rows mean nothing, and go when the next one comes.
CREATE TABLE reported_blocks (
    blocker_did text NOT NULL,
    blocked_did text NOT NULL,
    reported_at timestamptz NOT NULL,
    PRIMARY KEY (blocker_did, blocked_did)
);

CREATE INDEX reported_blocks_by_age ON reported_blocks (reported_at);

-- Blocks between members that the admins of a conversation were told of, so that they are told once.
CREATE TABLE block_conflicts (
    convo_id    text NOT NULL REFERENCES conversations,
    blocker_did text NOT NULL,
    blocked_did text NOT NULL,
    told_at     timestamptz NOT NULL,
    PRIMARY KEY (convo_id, blocker_did, blocked_did)
);

CREATE INDEX block_conflicts_by_pair ON block_conflicts (blocker_did, blocked_did);
