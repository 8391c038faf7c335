-- Changes of all kinds to the empty tables a (id int PRIMARY KEY, k int, v int) and
-- b (id int PRIMARY KEY, k int, w int): on one side, on both in a transaction and in
-- a statement, read in between and partly rolled back, matches that come and go.
SELECT * FROM check_views();
INSERT INTO a SELECT i, nullif(i % 6, 5), i % 4 FROM generate_series(1, 14) i;
SELECT * FROM check_views();
INSERT INTO b SELECT i, nullif(i % 4 + 1, 4), i % 3 FROM generate_series(1, 10) i;
SELECT * FROM check_views();
-- one side: values; the last match goes; the first one comes; a duplicate
UPDATE b SET w = w + 10 WHERE k = 2;
UPDATE a SET v = -v WHERE id % 5 = 0;
SELECT * FROM check_views();
DELETE FROM b WHERE k = 3;
UPDATE a SET k = 9 WHERE k = 1;
SELECT * FROM check_views();
UPDATE b SET k = 9 WHERE id = (SELECT max(id) FROM b WHERE k = 1);
INSERT INTO a SELECT id + 20, k, v FROM a WHERE k IN (0, 2);
INSERT INTO b SELECT id + 20, k, w FROM b WHERE k IS DISTINCT FROM 2;
SELECT * FROM check_views();
-- both sides in one transaction
BEGIN;
INSERT INTO b VALUES (50, 0, 5), (51, NULL, 1), (52, 4, NULL);
UPDATE a SET k = coalesce(k, 0) + 1;
SELECT * FROM check_views();
SAVEPOINT s;
DELETE FROM b WHERE id % 2 = 0;
INSERT INTO a VALUES (50, 9, 5), (51, NULL, NULL);
SELECT * FROM check_views();
ROLLBACK TO s;
SELECT * FROM check_views();
UPDATE b SET k = k + 1, w = 10 - w WHERE k < 9;
RELEASE s;
DELETE FROM a WHERE id % 7 = 1;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
-- both sides in one statement
WITH gone AS (DELETE FROM b WHERE k = 3 RETURNING *),
	 moved AS (UPDATE a SET k = k - 1 WHERE k > 2 RETURNING id),
	 new AS (INSERT INTO b SELECT id + 100, k + 1, w FROM gone)
INSERT INTO a SELECT id + 100, k, w FROM gone;
SELECT * FROM check_views();
-- there and back, in REPEATABLE READ
BEGIN ISOLATION LEVEL REPEATABLE READ;
DELETE FROM a WHERE k = 2;
UPDATE b SET w = 0;
SELECT * FROM check_views();
DELETE FROM b;
SELECT * FROM check_views();
ROLLBACK;
SELECT * FROM check_views();
-- views made now hold the same, and go on from there
SELECT make_late_views();
UPDATE a SET k = 3, v = 1 WHERE id % 4 = 1;
UPDATE b SET k = 3 WHERE id % 4 = 2;
SELECT fold_views();
SELECT * FROM check_views();
-- one side emptied, then the other, and filled again
BEGIN;
INSERT INTO b VALUES (200, 3, 3);
TRUNCATE b;
SELECT * FROM check_views();
INSERT INTO b VALUES (201, 3, 3), (202, 2, NULL);
SELECT * FROM check_views();
ROLLBACK;
TRUNCATE a;
SELECT * FROM check_views();
INSERT INTO a VALUES (1, 3, 1), (2, 3, 1), (3, NULL, 2), (4, 8, 3);
DELETE FROM b WHERE k = 3;
SELECT * FROM check_views();
TRUNCATE a, b;
INSERT INTO b VALUES (1, 8, 1), (2, NULL, 2);
SELECT * FROM check_views();
