-- Cursors over views of joins show the moment they were opened, in an older snapshot
-- than changes of either side.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA join_cursors;
SET search_path = join_cursors, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('grouped', 'SELECT a.k, count(*) AS n, sum(w) AS s FROM a JOIN b ON a.k = b.k GROUP BY a.k');
SELECT make_view('lefts', 'SELECT a.id, b.w FROM a LEFT JOIN b ON a.k = b.k');
INSERT INTO a SELECT i, i % 3, i FROM generate_series(1, 9) i;
INSERT INTO b SELECT i, i % 4, i FROM generate_series(1, 6) i;
BEGIN;
UPDATE b SET w = w * 10 WHERE k = 1;
DECLARE c SCROLL CURSOR FOR SELECT * FROM grouped ORDER BY k;
DECLARE l CURSOR FOR SELECT * FROM lefts ORDER BY id, w;
FETCH 1 FROM c;
INSERT INTO a VALUES (20, 1, 1);
DELETE FROM b WHERE k = 2;
DECLARE d CURSOR FOR SELECT * FROM grouped ORDER BY k;
FETCH ALL FROM c;
FETCH BACKWARD ALL FROM c;
SAVEPOINT s;
TRUNCATE b;
FETCH 1 FROM d;
SELECT * FROM grouped;
ROLLBACK TO s;
FETCH ALL FROM d;
FETCH 4 FROM l;
DELETE FROM a;
FETCH 4 FROM l;
DECLARE h CURSOR WITH HOLD FOR SELECT * FROM lefts ORDER BY id, w;
COMMIT;
FETCH ALL FROM h;
CLOSE h;
SELECT * FROM check_views();
-- a loop over the view that changes both sides
INSERT INTO a SELECT i, i % 3, i FROM generate_series(1, 9) i;
DO $$
DECLARE
	r	record;
	n	int := 0;
BEGIN
	FOR r IN SELECT * FROM grouped ORDER BY k LOOP
		UPDATE a SET k = r.k + 1 WHERE k = r.k;
		INSERT INTO b VALUES (100 + r.k, r.k + 1, r.n);
		PERFORM assert_exact();
		n := n + r.n;
	END LOOP;
	RAISE NOTICE 'rows: %', n;
END $$;
SELECT * FROM check_views();
DROP SCHEMA join_cursors CASCADE;
