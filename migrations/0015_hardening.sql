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
