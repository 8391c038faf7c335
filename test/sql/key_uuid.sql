-- A key of type uuid.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_uuid;
SET search_path = key_uuid, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k uuid, v int);
SELECT make_view('grouped', 'SELECT k, count(*) AS n, sum(v) AS s, min(v), max(v) FROM t GROUP BY k');
SELECT make_view('listed', 'SELECT DISTINCT k FROM t');
SELECT make_view('bag', 'SELECT k, v % 2 AS odd FROM t');
INSERT INTO t VALUES
	(1, '00000000-0000-0000-0000-000000000001', 3),
	(2, 'ffffffff-ffff-ffff-ffff-ffffffffffff', 6),
	(3, NULL, 9),
	(4, '00000000-0000-0000-0000-000000000001', 12),
	(5, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 15);
SELECT * FROM grouped ORDER BY k;
\i :change_keys
DROP SCHEMA key_uuid CASCADE;
