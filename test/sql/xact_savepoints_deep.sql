-- Deeply nested savepoints, whose changes are added up in any order of sizes:
-- released, rolled back to, read in between, over truncations and written out early.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA xact_savepoints_deep;
SET search_path = xact_savepoints_deep, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k int, x int);
CREATE TABLE d (k int, name text);
INSERT INTO d SELECT i, 'name ' || i % 40 FROM generate_series(0, 99) i;
SELECT make_view('grouped', 'SELECT k, count(*) AS n, sum(x) AS s, avg(x::numeric) AS a, min(x) AS lo, max(x) AS hi FROM t GROUP BY k');
SELECT make_view('listed', $$SELECT k % 20 AS g, string_agg(x::text, ',' ORDER BY x, id) AS l FROM t GROUP BY 1$$);
SELECT make_view('bag', 'SELECT k, x % 3 AS r FROM t');
SELECT make_view('joined', 'SELECT d.name, count(*) AS n, sum(t.x) AS s, max(t.x) AS hi FROM t JOIN d USING (k) GROUP BY d.name');
SELECT make_view('outer_joined', 'SELECT d.name, t.x FROM d LEFT JOIN t USING (k)');
CREATE SEQUENCE ids;
-- changes of many sizes, from one key to all of them
CREATE FUNCTION change(size int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO t SELECT nextval('ids'), (i * 7 + size) % 120, (i * 31 + size) % 200 FROM generate_series(1, size) i;
	UPDATE t SET x = x + 1 WHERE k = size % 120;
	UPDATE t SET k = (k + 1) % 120 WHERE id % 97 = size % 97;
	DELETE FROM t WHERE id % 41 = size % 41;
	IF size % 5 = 0 THEN
		UPDATE d SET k = 99 - k WHERE k % 30 = size % 30;
	END IF;
END $$;
-- Savepoints to a depth of 60, each with a change of another size before and after
-- the one inside; what is undone takes everything inside with it.
CREATE FUNCTION nest(depth int, seed int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	r	int := (seed * 7919 + depth * 104729) % 1000;
BEGIN
	IF depth = 0 THEN
		RETURN;
	END IF;
	BEGIN
		IF r % 3 > 0 THEN
			PERFORM change(1 + r % (CASE WHEN r % 7 = 0 THEN 150 ELSE 4 END));
		END IF;
		PERFORM nest(depth - 1, seed);
		IF r % 4 = 0 THEN
			PERFORM change(1 + (r / 4) % 3);
		END IF;
		IF r % 11 = 0 THEN
			PERFORM assert_exact();
		END IF;
		IF r % 13 = 0 THEN
			RAISE EXCEPTION USING errcode = 'UNDO1';
		END IF;
	EXCEPTION WHEN SQLSTATE 'UNDO1' THEN
		IF r % 2 = 0 THEN
			PERFORM change(2);
		END IF;
	END;
	IF r % 17 = 0 THEN
		PERFORM assert_exact();
	END IF;
END $$;
DO $$
BEGIN
	FOR seed IN 1..12 LOOP
		PERFORM nest(60, seed);
		PERFORM assert_exact();
		COMMIT;
		PERFORM assert_exact();
	END LOOP;
END $$;
SELECT * FROM check_views();
-- the same, where little fits into memory
SET ivm.pending_mem = '64kB';
SET work_mem = '64kB';
DO $$
BEGIN
	FOR seed IN 21..26 LOOP
		PERFORM nest(60, seed);
		PERFORM assert_exact();
		COMMIT;
		PERFORM assert_exact();
	END LOOP;
END $$;
SELECT * FROM check_views();
RESET ivm.pending_mem;
RESET work_mem;
-- A large change below a small one, and the other way round, committed as they are
BEGIN;
INSERT INTO t VALUES (nextval('ids'), 1, 1);
SAVEPOINT a;
INSERT INTO t SELECT nextval('ids'), 200 + i, i FROM generate_series(1, 50) i;
SAVEPOINT b;
UPDATE t SET x = -x WHERE k > 240;
SAVEPOINT c;
INSERT INTO t SELECT nextval('ids'), 220 + i, -i FROM generate_series(1, 100) i;
RELEASE b;
SELECT * FROM check_views();
SAVEPOINT b;
DELETE FROM t WHERE k > 230;
ROLLBACK TO b;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
-- tables emptied at some depth, released and rolled back to
BEGIN;
SELECT change(30);
SAVEPOINT a;
SELECT change(3);
SAVEPOINT b;
TRUNCATE t;
INSERT INTO t SELECT nextval('ids'), i % 60, i FROM generate_series(1, 100) i;
SAVEPOINT c;
SELECT change(20);
SELECT * FROM check_views();
RELEASE c;
RELEASE b;
SELECT * FROM check_views();
SAVEPOINT b;
TRUNCATE t;
INSERT INTO t VALUES (nextval('ids'), 5, 5);
RELEASE b;
SELECT * FROM check_views();
ROLLBACK TO a;
SELECT * FROM check_views();
SAVEPOINT b;
SAVEPOINT c;
TRUNCATE t;
SAVEPOINT e;
INSERT INTO t SELECT nextval('ids'), i % 60, i FROM generate_series(1, 30) i;
COMMIT;
SELECT * FROM check_views();
-- one after the other, many
DO $$
BEGIN
	FOR i IN 1..2000 LOOP
		BEGIN
			INSERT INTO t VALUES (nextval('ids'), i % 150, i);
			IF i % 3 = 0 THEN
				RAISE EXCEPTION USING errcode = 'UNDO1';
			END IF;
		EXCEPTION WHEN SQLSTATE 'UNDO1' THEN
			NULL;
		END;
	END LOOP;
END $$;
SELECT * FROM check_views();
DROP SCHEMA xact_savepoints_deep CASCADE;
