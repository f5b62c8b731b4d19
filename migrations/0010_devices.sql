-- Registered devices, the conversations that they wait to be added to, and whose stock of key packages is low.

CREATE TABLE devices (
    user_did      text NOT NULL,
    -- A UUID in lower case. The device's credential names it as <user_did>#<device_id>.
    device_id     text NOT NULL,
    device_name   text NOT NULL,
    -- Ed25519. Whoever registers it has proven to have its private half, so nobody can keep others from theirs.
    signature_key bytea NOT NULL,
    registered_at timestamptz NOT NULL,
    -- Moved once an hour at most.
    last_seen_at  timestamptz NOT NULL,
    PRIMARY KEY (user_did, device_id),
    CONSTRAINT devices_signature_key UNIQUE (signature_key)
);

-- Tells a device of somebody else from one that nobody has.
CREATE INDEX devices_by_id ON devices (device_id);

-- Devices that members should add to a conversation that the user is in already. One row per device and conversation; it
-- stays when that is done, so that whoever did it can ask, and goes with the device or with the user's membership.
CREATE TABLE device_additions (
    convo_id      text NOT NULL REFERENCES conversations,
    user_did      text NOT NULL,
    device_id     text NOT NULL,
    -- What clients call it.
    addition_id   uuid NOT NULL UNIQUE,
    created_at    timestamptz NOT NULL,
    -- Who works on it, and until when nobody else may. Kept when it is done.
    claimed_by    text,
    claimed_until timestamptz,
    done_at       timestamptz,
    PRIMARY KEY (convo_id, user_did, device_id),
    CHECK ((claimed_by IS NULL) = (claimed_until IS NULL))
);

CREATE INDEX device_additions_of_device ON device_additions (user_did, device_id);

-- Devices whose stock of key packages was looked at when some were used up. Locking the row makes such looks take turns.
CREATE TABLE key_package_stocks (
    user_did text NOT NULL,
    -- Credential identity.
    did      text NOT NULL,
    -- The owner was told that it is low, and has not published enough since.
    is_low   boolean NOT NULL DEFAULT false,
    PRIMARY KEY (user_did, did)
);
