-- What makes a repeated request harmless. Rows are short-lived; the retention job clears them.

-- Answers by idempotency key, written by the transaction of the change itself.
CREATE TABLE idempotency_keys (
    -- Keyed hash of caller, method and the caller's key.
    tag         bytea PRIMARY KEY,
    -- Keyed hash of the request: the same key with another request is an error.
    request_tag bytea NOT NULL,
    -- The answer as JSON; null only inside the transaction that works on it.
    answer      text,
    created_at  timestamptz NOT NULL
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Token ids that were used, shared by all replicas (ENFORCE_JTI).
CREATE TABLE used_jti (
    -- Keyed hash of issuer and jti.
    tag        bytea PRIMARY KEY,
    expires_at timestamptz NOT NULL
);

CREATE INDEX used_jti_by_expiry ON used_jti (expires_at);
