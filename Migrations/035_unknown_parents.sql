-- A push event names no parents of its commits: they are unknown (NULL) until the list of commits tells them. A commit that has none has
-- an empty array.
ALTER TABLE branch_commits ALTER COLUMN parents DROP NOT NULL, ALTER COLUMN parents DROP DEFAULT;
