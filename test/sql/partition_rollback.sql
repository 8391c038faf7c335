-- Attached, detached, dropped and taken back, with and without savepoints.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA partition_rollback;
SET search_path = partition_rollback, ivm_test, public;
CREATE TABLE p (id int, g int, x numeric) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200);
CREATE TABLE p3 (LIKE p);
INSERT INTO p SELECT i, i % 4, i FROM generate_series(1, 199, 2) i;
INSERT INTO p3 SELECT i, i % 4, i FROM generate_series(200, 299) i;
SELECT make_view('grouped', 'SELECT g, sum(x) AS s, count(*) AS n FROM p GROUP BY g');
SELECT make_view('bag', 'SELECT g, x FROM p');
BEGIN;
INSERT INTO p VALUES (2, 1, 1);
SAVEPOINT a;
ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM (200) TO (300);
INSERT INTO p VALUES (4, 1, 1), (204, 1, 1);
SAVEPOINT b;
ALTER TABLE p DETACH PARTITION p1;
DROP TABLE p2;
INSERT INTO p VALUES (206, 1, 1);
SELECT * FROM check_views();
ROLLBACK TO b;
SELECT * FROM check_views();
INSERT INTO p VALUES (6, 1, 1), (106, 1, 1), (208, 1, 1);
SELECT * FROM check_views();
RELEASE b;
SELECT * FROM check_views();
ROLLBACK TO a;
INSERT INTO p VALUES (8, 1, 1), (108, 1, 1);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
BEGIN;
DROP TABLE p1;
ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM (200) TO (300);
CREATE TABLE p4 PARTITION OF p FOR VALUES FROM (300) TO (400);
INSERT INTO p VALUES (301, 1, 1);
SELECT * FROM check_views();
ROLLBACK;
SELECT * FROM check_views();
-- released
BEGIN;
SAVEPOINT a;
ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM (200) TO (300);
RELEASE a;
SAVEPOINT b;
ALTER TABLE p DETACH PARTITION p2;
INSERT INTO p VALUES (10, 1, 1), (210, 1, 1);
RELEASE b;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
-- an error after the fact
CREATE FUNCTION fail() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO p VALUES (12, 1, 1);
	BEGIN
		ALTER TABLE p DETACH PARTITION p3;
		ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (100) TO (200);
		DROP TABLE p1;
		RAISE EXCEPTION 'enough';
	EXCEPTION WHEN raise_exception THEN
		INSERT INTO p VALUES (14, 1, 1);
	END;
END $$;
SELECT fail();
SELECT * FROM check_views();
INSERT INTO p VALUES (16, 1, 1), (212, 1, 1);
SELECT * FROM check_views();
SELECT viewname, status, partitions FROM ivm.views WHERE schemaname = 'partition_rollback' ORDER BY 1;
DROP SCHEMA partition_rollback CASCADE;
