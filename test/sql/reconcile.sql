-- reconcile: repairs what is stored by the smallest difference, and counts it.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA reconcile;
SET search_path = reconcile, ivm_test, public;

CREATE TABLE t (id int PRIMARY KEY, k numeric, s text, x numeric, j jsonb);
INSERT INTO t SELECT g, g % 6, 's' || g % 5, g, to_jsonb(g % 3) FROM generate_series(1, 60) g;
SELECT make_view('groups', 'SELECT k, sum(x) AS sum, count(*) AS n, max(s) AS m, array_agg(id ORDER BY id) AS ids FROM t GROUP BY k');
SELECT make_view('hashed', 'SELECT j, count(*) AS n FROM t GROUP BY j');
SELECT make_view('bag', 'SELECT s, j FROM t');
SELECT make_view('total', 'SELECT count(*) AS n, sum(x) AS sum FROM t');
SELECT state_table AS groups, delta_table AS deltas FROM ivm.views WHERE view = 'groups'::regclass \gset
SELECT state_table AS hashed FROM ivm.views WHERE view = 'hashed'::regclass \gset
SELECT state_table AS bag FROM ivm.views WHERE view = 'bag'::regclass \gset
SELECT state_table AS total, delta_table AS total_deltas FROM ivm.views WHERE view = 'total'::regclass \gset

-- nothing to repair
SELECT * FROM ivm.reconcile('groups');

-- a group missing, two wrong, one too many
UPDATE :groups SET m = 'zz' WHERE k = 2;
UPDATE :groups SET row_count = row_count + 1 WHERE k = 3;
UPDATE :groups SET k = 77, row_count = 2 WHERE k = 1;
SELECT * FROM ivm.reconcile('groups');
SELECT * FROM ivm.reconcile('groups');

-- rows without key index, by hash
DELETE FROM :hashed WHERE j = '1';
UPDATE :hashed SET row_count = 1 WHERE j = '2';
SELECT * FROM ivm.reconcile('hashed');
UPDATE :bag SET row_count = row_count + 1 WHERE s = 's1';
DELETE FROM :bag WHERE s = 's2' AND j = '0';
SELECT * FROM ivm.reconcile('bag');

-- the one row of an aggregate without GROUP BY
DELETE FROM :total;
SELECT * FROM ivm.reconcile('total');
UPDATE :total SET row_count = -5;
SELECT * FROM ivm.reconcile('total');
SELECT * FROM check_views();

-- deltas that wait are right, and taken in
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE t SET x = x + 1, k = k + 1 WHERE id % 7 = 0;
COMMIT;
SELECT count(*) > 0 AS pending FROM :deltas;
SELECT * FROM ivm.reconcile('groups');
SELECT count(*) AS pending FROM :deltas;

-- ... or wrong
BEGIN ISOLATION LEVEL SERIALIZABLE;
DELETE FROM t WHERE k = 0;
INSERT INTO t VALUES (1000, 50, 's50', 50, '50');
COMMIT;
UPDATE :total_deltas SET row_count = row_count - 1;
SELECT * FROM ivm.verify_view('total');
SELECT * FROM ivm.reconcile('total');
SELECT * FROM ivm.reconcile('groups');
SELECT * FROM check_views();

-- some keys only: by key, by another column, by an expression
UPDATE :groups SET row_count = row_count + 1;
SELECT * FROM ivm.reconcile('groups', 'k BETWEEN 1 AND 2');
SELECT "row" -> 'k' AS k FROM ivm.verify_view('groups') WHERE side = 'stored' ORDER BY 1;
SELECT * FROM ivm.reconcile('groups', 'm = ''s50''');
SELECT * FROM ivm.reconcile('groups', 'lower(m) LIKE ''s%'' AND n > 5 AND groups.k > 3');
SELECT * FROM ivm.reconcile('groups', 'k = 99');
SELECT * FROM ivm.reconcile('groups');
SELECT * FROM check_views();

-- keys that are equal but look different stay one group
INSERT INTO t VALUES (2000, 1.00, 's', 1, '1');
SELECT * FROM ivm.reconcile('groups', 'scale(k) = 2');
SELECT * FROM ivm.reconcile('groups');

-- what a filter cannot be
SELECT make_view('ranked', 'SELECT k, sum(x) AS sum, rank() OVER (ORDER BY sum(x)) AS r FROM t GROUP BY k');
SELECT * FROM ivm.reconcile('ranked', 'r = 1');
SELECT * FROM ivm.reconcile('ranked', 'sum > 100');
SELECT * FROM ivm.reconcile('groups', 'k = (SELECT 1)');
SELECT * FROM ivm.reconcile('groups', 'random() < 0.5');
SELECT * FROM ivm.reconcile('groups', 'groups IS NOT NULL');
SELECT * FROM ivm.reconcile('groups', 'nonsense = 1');

-- when it cannot run
BEGIN TRANSACTION READ ONLY;
SELECT * FROM ivm.reconcile('groups');
ROLLBACK;
BEGIN;
INSERT INTO t VALUES (3000, 1);
SELECT * FROM ivm.reconcile('groups');
ROLLBACK;
CREATE ROLE regress_ivm_reconcile;
GRANT USAGE ON SCHEMA reconcile TO regress_ivm_reconcile;
GRANT ALL ON ALL TABLES IN SCHEMA reconcile TO regress_ivm_reconcile;
SET ROLE regress_ivm_reconcile;
SELECT * FROM ivm.reconcile('groups');
RESET ROLE;

-- an error, and a rollback, leave all as it was
UPDATE :groups SET row_count = row_count + 1 WHERE k = 4;
BEGIN;
SELECT * FROM ivm.reconcile('groups');
SELECT * FROM ivm.verify_view('groups');
ROLLBACK;
SELECT count(*) FROM ivm.verify_view('groups');
SELECT * FROM ivm.reconcile('groups', '1 / (n - n) = 1');
SELECT count(*) FROM ivm.verify_view('groups');

-- the history of it
SELECT view_name, operation, key_filter, rows_inserted, rows_updated, rows_deleted, error, duration >= '0'
FROM ivm.history WHERE view_name LIKE 'reconcile.%' ORDER BY id;
DROP SCHEMA reconcile CASCADE;
DROP ROLE regress_ivm_reconcile;
