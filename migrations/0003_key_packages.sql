-- Key packages, and what a commit leaves for those who join by it.

CREATE TABLE key_packages (
    -- SHA-256 of the bytes as published.
    hash           bytea PRIMARY KEY,
    -- KeyPackageRef (RFC 9420 section 5.2), by which a Welcome names its recipients.
    -- Unique: the same key package bare and in an MLSMessage differs in its bytes only.
    reference      bytea NOT NULL UNIQUE,
    user_did       text NOT NULL,
    -- Credential identity; one per device.
    did            text NOT NULL,
    device_id      text,
    cipher_suite   text NOT NULL,
    content        bytea NOT NULL,
    last_resort    boolean NOT NULL,
    published_at   timestamptz NOT NULL,
    -- When it stops being handed out: what the publisher declared, at most its own lifetime.
    expires_at     timestamptz NOT NULL,
    -- End of its own lifetime. The row stays that long: consumed bytes can't be published anew before.
    lifetime_end   timestamptz NOT NULL,
    -- Handed out to this caller, and to nobody else until then.
    reserved_by    text,
    reserved_until timestamptz,
    -- For good, except for a last-resort key package, which stays usable.
    consumed_at    timestamptz,
    consumed_convo text,
    CHECK ((reserved_by IS NULL) = (reserved_until IS NULL)),
    CHECK (NOT (last_resort AND consumed_at IS NOT NULL))
);

ALTER TABLE key_packages ALTER COLUMN content SET STORAGE EXTERNAL;

-- Oldest first, per device.
CREATE INDEX key_packages_available ON key_packages (user_did, did, published_at, hash) WHERE consumed_at IS NULL;
CREATE INDEX key_packages_consumed ON key_packages (user_did, consumed_at) WHERE consumed_at IS NOT NULL;
CREATE INDEX key_packages_by_lifetime ON key_packages (lifetime_end);

CREATE TABLE welcomes (
    convo_id   text NOT NULL REFERENCES conversations,
    welcome_id uuid NOT NULL,
    content    bytea NOT NULL,
    created_at timestamptz NOT NULL,
    -- Orders the Welcomes of a conversation: newer means higher.
    position   bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (convo_id, welcome_id)
);

ALTER TABLE welcomes ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE INDEX welcomes_by_age ON welcomes (created_at);

-- One row per device that a Welcome is for: a user's second device keeps its Welcome when the first confirms.
CREATE TABLE welcome_recipients (
    convo_id         text NOT NULL,
    welcome_id       uuid NOT NULL,
    key_package_hash bytea NOT NULL,
    user_did         text NOT NULL,
    did              text NOT NULL,
    -- When getWelcome gave it out last: what a client then says of "the Welcome" is about the one given out last.
    served_at        timestamptz,
    confirmed_at     timestamptz,
    failed_at        timestamptz,
    failure          text,
    PRIMARY KEY (convo_id, welcome_id, key_package_hash),
    FOREIGN KEY (convo_id, welcome_id) REFERENCES welcomes ON DELETE CASCADE
);

CREATE INDEX welcome_recipients_waiting ON welcome_recipients (convo_id, user_did) WHERE confirmed_at IS NULL;

-- The newest GroupInfo that came with a commit.
CREATE TABLE group_infos (
    convo_id   text PRIMARY KEY REFERENCES conversations,
    epoch      bigint NOT NULL,
    content    bytea NOT NULL,
    updated_at timestamptz NOT NULL
);

ALTER TABLE group_infos ALTER COLUMN content SET STORAGE EXTERNAL;
