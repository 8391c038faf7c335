-- Changes of all kinds to table t (id int PRIMARY KEY, k, v int), whatever
-- the type of its key k: ids 1 to 99 may be in it.
SELECT * FROM check_views();
INSERT INTO t SELECT id + 100, k, v + 100 FROM t;
SELECT * FROM check_views();
-- not the key
UPDATE t SET v = v * 2 + 1 WHERE id % 2 = 0;
-- the key: each row gets that of another
UPDATE t SET k = o.k FROM t o
WHERE o.id = (SELECT coalesce(min(n.id) FILTER (WHERE n.id > t.id), min(n.id)) FROM t n);
SELECT * FROM check_views();
-- both, and away and back within a transaction
BEGIN;
UPDATE t SET k = NULL, v = -v WHERE id > 100;
SELECT * FROM check_views();
SAVEPOINT s;
DELETE FROM t WHERE id % 3 <> 0;
SELECT * FROM check_views();
ROLLBACK TO s;
UPDATE t SET k = o.k, v = o.v FROM t o WHERE t.id = o.id + 100;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
DELETE FROM t WHERE id % 3 = 1;
SELECT * FROM check_views();
-- every group emptied, and filled again
CREATE TEMP TABLE kept AS SELECT * FROM t;
DELETE FROM t;
SELECT * FROM check_views();
INSERT INTO t SELECT * FROM kept ORDER BY id DESC;
DROP TABLE kept;
SELECT * FROM check_views();
-- views made now hold the same, and go on from there
SELECT make_late_views();
SELECT * FROM check_views();
UPDATE t SET v = v - 1, k = NULL WHERE id % 4 = 1;
DELETE FROM t WHERE id % 5 = 1;
SELECT * FROM check_views();
SELECT fold_views();
SELECT * FROM check_views();
