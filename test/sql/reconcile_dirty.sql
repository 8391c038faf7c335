-- What reconcile finds wrong it marks as dirty, of whatever kind the view is: readers compute it, a fold
-- stores it.  What a mark cannot repair is repaired with writers kept out.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA reconcile_dirty;
SET search_path = reconcile_dirty, ivm_test, public;

CREATE TABLE t (id int PRIMARY KEY, k int, x int, j jsonb);
INSERT INTO t SELECT g, g % 6, g, to_jsonb(g % 3) FROM generate_series(1, 60) g;
SELECT make_view('sums', 'SELECT k, sum(x) AS sum, count(*) AS n FROM t GROUP BY k');
SELECT make_view('hashed', 'SELECT j, count(*) AS n FROM t GROUP BY j');
SELECT state_table AS sums, delta_table AS sums_delta FROM ivm.views WHERE view = 'sums'::regclass \gset
SELECT state_table AS hashed FROM ivm.views WHERE view = 'hashed'::regclass \gset

-- a row that its hash does not lead to
UPDATE :hashed SET key_hash = key_hash + 1 WHERE j = '1';
SELECT * FROM ivm.reconcile('hashed');
INSERT INTO t VALUES (101, 1, 1, '1');
DELETE FROM t WHERE j = '2' AND id < 30;
SELECT * FROM check_views();

-- a view of sums, which has no dirty keys else: of readers, in order, and of later writers
UPDATE :sums SET sum_sum = 0, row_count = 1 WHERE k = 3;
DELETE FROM :sums WHERE k = 4;
BEGIN;
INSERT INTO t VALUES (103, 3, 1000), (109, 9, 9);
DELETE FROM t WHERE k = 4 AND id < 20;
PREPARE TRANSACTION 'reconcile_dirty';
SELECT * FROM ivm.reconcile('sums');
SELECT k, slot, dirty, row_count FROM :sums_delta ORDER BY k, slot;
SELECT * FROM sums ORDER BY k;
SELECT * FROM sums WHERE k IN (3, 4, 9);
SELECT count(*), sum(sum) FROM sums;
INSERT INTO t VALUES (113, 3, 1000), (119, 9, 9);
SELECT * FROM sums WHERE k IN (3, 4, 9) ORDER BY k;
COMMIT PREPARED 'reconcile_dirty';
SELECT * FROM sums WHERE k IN (3, 4, 9) ORDER BY k;
SELECT * FROM check_views();
SELECT * FROM ivm.reconcile('sums');
SELECT count(*) AS pending FROM :sums_delta;
SELECT * FROM check_views();

-- folds go on where the owner may not read the table any more; the key stays as it is until he may
CREATE ROLE regress_ivm_dirty;
GRANT ALL ON SCHEMA reconcile_dirty TO regress_ivm_dirty;
GRANT SELECT, TRIGGER ON t TO regress_ivm_dirty;
ALTER VIEW sums OWNER TO regress_ivm_dirty;
UPDATE :sums SET sum_sum = 0 WHERE k = 3;
BEGIN;
INSERT INTO t VALUES (123, 3, 1000);
PREPARE TRANSACTION 'reconcile_dirty';
SELECT * FROM ivm.reconcile('sums');
REVOKE SELECT ON t FROM regress_ivm_dirty;
COMMIT PREPARED 'reconcile_dirty';
SELECT ivm.fold('sums') AS folded;
SELECT k, dirty FROM :sums_delta ORDER BY k;
SELECT * FROM ivm.reconcile('sums');
GRANT SELECT ON t TO regress_ivm_dirty;
SELECT ivm.fold('sums') AS folded;
SELECT * FROM check_views();

-- rows with copies, of which one pass over the table computes all that are dirty
CREATE TABLE copies (x int);
INSERT INTO copies SELECT g % 3 FROM generate_series(1, 30) g;
SELECT make_view('bag', 'SELECT x FROM copies WHERE x < 5');
SELECT state_table AS bag, delta_table AS bag_delta FROM ivm.views WHERE view = 'bag'::regclass \gset
UPDATE :bag SET row_count = row_count - 4 WHERE x < 2;
SET seq_page_cost = 100000;
SELECT * FROM ivm.reconcile('bag');
RESET seq_page_cost;
SELECT count(*) AS pending FROM :bag_delta;
SELECT x, row_count FROM :bag ORDER BY x;
SELECT * FROM check_views();

DROP SCHEMA reconcile_dirty CASCADE;
DROP ROLE regress_ivm_dirty;
