-- Keys that are OIDs from 2^31 on, some computed and some read from a table: the server extends these to the size of a
-- Datum in two ways.  Pending keys, too, looked up and matched with a scan.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_oid;
SET search_path = key_oid, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k bigint, v int);
SELECT make_view('grouped', 'SELECT k::oid AS k, count(*) AS n, sum(v) AS s, min(v), max(k::oid) FROM t GROUP BY 1');
SELECT make_view('hashed', 'SELECT k::oid AS k, (v % 2)::text AS odd, count(*) AS n FROM t GROUP BY 1, 2');
SELECT make_view('listed', 'SELECT DISTINCT k::oid AS k FROM t');
SELECT make_view('bag', 'SELECT k::oid AS k, v % 2 AS odd FROM t');
SELECT make_view('counted', 'SELECT v % 2 AS odd, count(DISTINCT k::oid) AS n FROM t GROUP BY 1');
INSERT INTO t VALUES
	(1, 4000000000, 3),
	(2, 2147483648, 6),
	(3, 2147483647, 9),
	(4, 4000000000, 12),
	(5, NULL, 15),
	(6, 4294967295, 18);
SELECT * FROM grouped ORDER BY k;
SELECT n, s FROM grouped WHERE k = 4000000000;
\i :change_keys
INSERT INTO t SELECT 10000 + i, 4000000000 + i, i FROM generate_series(1, 100) i;
BEGIN;
INSERT INTO t SELECT 20000 + i, 4000000000 + i, i FROM generate_series(1, 100) i;
PREPARE TRANSACTION 'regress_ivm_key_oid';
INSERT INTO t SELECT 30000 + i, 4000000000 + i, i FROM generate_series(1, 100) i;
SELECT * FROM check_views();
COMMIT PREPARED 'regress_ivm_key_oid';
SELECT * FROM check_views();
SELECT fold_views();
SELECT * FROM check_views();
-- nothing to be corrected
SELECT view, c.* FROM definition, ivm.reconcile(view) c ORDER BY view::text;
DROP SCHEMA key_oid CASCADE;
