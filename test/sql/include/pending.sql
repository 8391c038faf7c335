-- Table t (id, g, x, s) with 300 groups and views on it, some of whose keys
-- have deltas that cannot be folded: a prepared transaction holds the locks
-- of these keys until it is rolled back.  Groups 300 to 309 exist in deltas
-- alone, the rows of groups 20 to 24 were deleted after the lock was taken.
CREATE TABLE t (id int PRIMARY KEY, g int, x int, s text);
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, min(x) AS lo, max(x) AS hi FROM t GROUP BY g');
SELECT make_view('listed', $$SELECT g % 50 AS g, string_agg(s, ',' ORDER BY id) AS l, count(DISTINCT s) AS d FROM t GROUP BY 1$$);
SELECT make_view('few', 'SELECT x % 4 AS r, avg(x) AS a, bool_or(g > 250) AS b FROM t GROUP BY 1');
SELECT make_view('names', 'SELECT DISTINCT s FROM t');
SELECT make_view('bag', 'SELECT g % 10 AS g, s FROM t WHERE x < 700');
SELECT make_view('total', 'SELECT count(*) AS n, max(x) AS hi FROM t');
INSERT INTO t SELECT i, i % 300, (i * 7) % 1000, 's' || i % 20 FROM generate_series(1, 1200) i;
SELECT fold_views();
ANALYZE t;
BEGIN;
INSERT INTO t SELECT 100000 + i, i, i, 's' || i % 20 FROM generate_series(0, 29) i;
INSERT INTO t SELECT 110000 + i, i, i, 'new' FROM generate_series(300, 309) i;
PREPARE TRANSACTION 'regress_ivm_pending';
-- more rows, other extremes, extremes deleted, groups emptied, groups new
INSERT INTO t SELECT 2000 + i, i, i * 100, 'new' || i FROM generate_series(0, 9) i;
DELETE FROM t WHERE g BETWEEN 10 AND 14 AND x = (SELECT min(x) FROM t o WHERE o.g = t.g);
UPDATE t SET x = x - 500, s = s || '!' WHERE g BETWEEN 15 AND 19;
DELETE FROM t WHERE g BETWEEN 20 AND 24;
INSERT INTO t SELECT 3000 + i, 300 + i % 10, i, 'n' || i FROM generate_series(1, 25) i;
INSERT INTO t VALUES (4000, NULL, 5, NULL);
