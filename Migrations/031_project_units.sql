-- Where no project was named, all issues were one unit, which never read the older issues of a project that became visible later.
-- Each project is a unit of its own now and is read from its beginning once, which also brings what was missed. The position of the
-- former unit means nothing any more.
DELETE FROM job_checkpoints WHERE unit = 'issues:*';
