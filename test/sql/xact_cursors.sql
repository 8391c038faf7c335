-- A cursor shows the rows of the moment it was opened, whatever changes later: in
-- its own transaction, WITH HOLD, scrolled, several at once.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA xact_cursors;
SET search_path = xact_cursors, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, min(x) AS lo, max(x) AS hi FROM t GROUP BY g');
SELECT make_view('listed', $$SELECT g, string_agg(x::text, ',' ORDER BY x, id) AS l FROM t WHERE x > 1 GROUP BY g$$);
SELECT make_view('bag', 'SELECT g, x % 3 AS r FROM t');
INSERT INTO t SELECT i, i % 3, i FROM generate_series(1, 9) i;
BEGIN;
UPDATE t SET x = x + 1 WHERE id = 1;
DECLARE c SCROLL CURSOR FOR SELECT * FROM grouped ORDER BY g;
DECLARE d CURSOR FOR SELECT * FROM grouped WHERE g >= 0;
FETCH 1 FROM c;
DELETE FROM t WHERE g = 1;
INSERT INTO t VALUES (20, 0, 1000), (21, 7, 7);
DECLARE e CURSOR FOR SELECT * FROM grouped ORDER BY g;
FETCH ALL FROM c;
FETCH BACKWARD ALL FROM c;
SAVEPOINT s;
DELETE FROM t;
FETCH 2 FROM e;
SELECT * FROM grouped;
ROLLBACK TO s;
FETCH ALL FROM e;
MOVE BACKWARD ALL IN c;
FETCH 2 FROM c;
SELECT count(*), sum(n) FROM grouped;
COMMIT;
SELECT * FROM check_views();
BEGIN;
INSERT INTO t VALUES (30, 2, 5);
DECLARE h CURSOR WITH HOLD FOR SELECT * FROM grouped ORDER BY g;
INSERT INTO t VALUES (31, 2, 500);
COMMIT;
DELETE FROM t WHERE g = 0;
FETCH ALL FROM h;
CLOSE h;
SELECT * FROM check_views();
-- a loop over the view that changes the table under it
DO $$
DECLARE
	r	record;
	n	int := 0;
BEGIN
	FOR r IN SELECT * FROM grouped LOOP
		UPDATE t SET g = g + 10 WHERE g = r.g;
		INSERT INTO t VALUES (100 + r.g, 99, 1);
		n := n + 1;
	END LOOP;
	RAISE NOTICE 'rows: %', n;
END $$;
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
-- a cursor of a snapshot before changes by the same function
CREATE FUNCTION late_read(c refcursor) RETURNS SETOF grouped LANGUAGE plpgsql AS $$
DECLARE
	r	grouped;
BEGIN
	OPEN c FOR SELECT * FROM grouped ORDER BY g;
	DELETE FROM t WHERE x > 3;
	LOOP
		FETCH c INTO r;
		EXIT WHEN NOT FOUND;
		RETURN NEXT r;
	END LOOP;
END $$;
SELECT * FROM late_read('q');
SELECT * FROM check_views();
DROP SCHEMA xact_cursors CASCADE;
