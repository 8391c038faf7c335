-- Cached catalogue data may go away whenever a catalogue is looked at: servers with assertions can make it go each time.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA xact_invalidations;
SET search_path = xact_invalidations, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int, s text) PARTITION BY RANGE (id);
CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100);
CREATE TABLE t2 (s text, x int, g int, id int NOT NULL);
ALTER TABLE t ATTACH PARTITION t2 FOR VALUES FROM (100) TO (200);
INSERT INTO t SELECT i, i % 3, i, 's' || i FROM generate_series(90, 110) i;
SELECT make_view('v', 'SELECT g, count(*) AS n, sum(x) AS t, min(s) AS lo FROM t WHERE x > 0 GROUP BY g');
CREATE FUNCTION discard(value text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('debug_discard_caches', value, false);
EXCEPTION WHEN invalid_parameter_value THEN NULL;	-- built without assertions
END $$;
SELECT discard('1');
INSERT INTO t VALUES (1, 1, 2, 'a'), (120, 7, 7, 'b');
BEGIN;
UPDATE t SET x = x + 1 WHERE id IN (91, 120);
SELECT * FROM v ORDER BY g;
DELETE FROM t WHERE id = 105;
COMMIT;
SELECT fold_views();
SELECT * FROM v ORDER BY g;
SELECT discard('0');
SELECT * FROM check_views();
DROP SCHEMA xact_invalidations CASCADE;
