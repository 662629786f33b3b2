-- What a person has accepted as gone is what a stopped sweep had found missing then: no more, whatever is missing later, and until each
-- of them has been asked for. So the acceptance stands with the absences.

ALTER TABLE sweep_absences ADD COLUMN accepted boolean NOT NULL DEFAULT false;
