-- A transaction changes many keys of many views: it must not need a lock for each of
-- them, as the server's table of locks has no room for so many.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA xact_many_views;
SET search_path = xact_many_views, ivm_test, public;
CREATE TABLE t (k int, x int);
DO $$
BEGIN
	FOR i IN 1..130 LOOP
		PERFORM ivm.create_view('v' || i, 'SELECT k, sum(x) AS total FROM t GROUP BY k');
	END LOOP;
END $$;
INSERT INTO t SELECT i, i FROM generate_series(1, 127) i;
UPDATE t SET x = x + 1;
SELECT count(*), sum(total) FROM v1;
SELECT count(*), sum(total) FROM v130;
SELECT * FROM ivm.verify_view('v1');
SELECT * FROM ivm.verify_view('v130');
DROP SCHEMA xact_many_views CASCADE;
