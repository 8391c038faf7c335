-- Rows that INSERT routes to partitions: of each partition the first row that a statement comes to is
-- captured when its trigger fires, the others as they are written.  queued() runs a statement
-- and tells how many rows of it went through the queue of trigger events.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set queued :srcdir /sql/include/queued.sql
\i :oracle
CREATE SCHEMA direct_capture_routed;
SET search_path = direct_capture_routed, ivm_test, public;
\i :queued
CREATE TABLE t (id int, g int, x int, s text) PARTITION BY RANGE (id);
CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100);
CREATE TABLE t2 (s text, junk int, x int, g int, id int);
ALTER TABLE t2 DROP COLUMN junk;
ALTER TABLE t ATTACH PARTITION t2 FOR VALUES FROM (100) TO (200);
CREATE TABLE t3 PARTITION OF t FOR VALUES FROM (200) TO (300) PARTITION BY LIST (g);
CREATE TABLE t3a PARTITION OF t3 FOR VALUES IN (1, 2);
CREATE TABLE t3b PARTITION OF t3 DEFAULT;
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, max(s) AS hi FROM t GROUP BY g');
SELECT make_view('bag', 'SELECT s, x FROM t WHERE x > 3');
SELECT make_view('of_t2', 'SELECT x, count(*) AS n FROM t2 GROUP BY x');
SELECT make_view('pairs', 'SELECT a.g, count(*) AS n FROM t a JOIN t2 b ON b.id = a.id + 100 GROUP BY a.g');
INSERT INTO t VALUES (1, 1, 1, 'known');
SELECT queued('INSERT INTO t SELECT i, i % 4, i, ''s'' || i FROM generate_series(0, 299) i');
SELECT queued('INSERT INTO t VALUES (2, 1, 1, ''a''), (3, 2, 1, ''b''), (150, 1, 2, ''c'')');
SELECT queued('INSERT INTO t VALUES (4, 1, 1, ''d'')');
SELECT queued('INSERT INTO t3 SELECT 250, i, i, ''t3'' FROM generate_series(1, 4) i');
SELECT queued('WITH d AS (DELETE FROM t WHERE id % 2 = 1 RETURNING *)
	INSERT INTO t SELECT 299 - id, g, x, ''moved by hand'' FROM d RETURNING id');
SELECT * FROM check_views();
-- statements within the statement, of which some fail half through, and reads in the middle
CREATE FUNCTION insert_more(i int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	stored		bigint;
	computed	bigint;
BEGIN
	BEGIN
		INSERT INTO t SELECT j, 5, 100 / (13 - j), 'fails' FROM generate_series(5, 15, 2) j;
	EXCEPTION WHEN division_by_zero THEN
		NULL;
	END;
	INSERT INTO t SELECT i + j * 50, 6, j, 'within' FROM generate_series(0, 2) j;
	SELECT sum(s) INTO stored FROM grouped;
	SELECT sum(x) INTO computed FROM t;
	IF stored <> computed THEN
		RAISE EXCEPTION 'the view gives %, the table %', stored, computed;
	END IF;
	RETURN i;
END $$;
SELECT queued('INSERT INTO t SELECT insert_more(i) + 4, 7, i, ''around'' FROM generate_series(21, 91, 10) i');
SELECT * FROM check_views();
INSERT INTO t SELECT i, 1, 100 / (i - 150), 'fails' FROM generate_series(50, 200) i;
BEGIN;
SAVEPOINT s;
INSERT INTO t SELECT i, 1, i, 'rolled back' FROM generate_series(50, 200) i;
SELECT * FROM check_views();
ROLLBACK TO s;
INSERT INTO t SELECT i, 1, i, 'kept' FROM generate_series(50, 200) i;
SELECT * FROM check_views();
COMMIT;
-- the source is the view, and plans that are kept
PREPARE again(int) AS INSERT INTO t SELECT $1 + n % 100, g, s, hi FROM grouped;
EXECUTE again(0);
EXECUTE again(100);
EXECUTE again(200);
SELECT * FROM check_views();
-- triggers that change or drop rows; and all through the queue
CREATE FUNCTION change_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.x := NEW.x + 1000;
	RETURN CASE WHEN NEW.id % 3 > 0 THEN NEW END;
END $$;
CREATE TRIGGER b BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION change_row();
SELECT queued('INSERT INTO t SELECT i, i % 4, i, ''changed'' FROM generate_series(0, 299, 7) i');
SELECT * FROM check_views();
DROP TRIGGER b ON t;
SET ivm.direct_capture = off;
SELECT queued('INSERT INTO t SELECT i, i % 4, i, ''off'' FROM generate_series(0, 299, 50) i');
SELECT * FROM check_views();
SET client_min_messages = error;
DROP SCHEMA direct_capture_routed CASCADE;
