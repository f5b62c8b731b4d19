-- Members who lost a group's state and ask to be added anew.

-- One row per device and conversation, the latest. It goes with the user's membership.
CREATE TABLE rejoin_requests (
    convo_id         text NOT NULL REFERENCES conversations,
    user_did         text NOT NULL,
    -- Credential identity.
    did              text NOT NULL,
    request_id       uuid NOT NULL,
    -- What the device left for being added by; null when any key package of its will do.
    key_package_hash bytea,
    reason           text,
    requested_at     timestamptz NOT NULL,
    -- When somebody added the device.
    approved_at      timestamptz,
    PRIMARY KEY (convo_id, did)
);

CREATE INDEX rejoin_requests_open ON rejoin_requests (user_did, did) WHERE approved_at IS NULL;

ALTER TABLE key_packages
    -- Left with such a request: usable where the device has an open one, and handed out to members there alone.
    ADD COLUMN for_rejoin boolean NOT NULL DEFAULT false;
