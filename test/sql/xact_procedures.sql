-- Procedures that commit and roll back inside, with loops over a query.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA xact_procedures;
SET search_path = xact_procedures, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, min(x) AS lo, max(x) AS hi FROM t GROUP BY g');
SELECT make_view('listed', $$SELECT g, string_agg(x::text, ',' ORDER BY x, id) AS l FROM t WHERE x > 1 GROUP BY g$$);
SELECT make_view('bag', 'SELECT g, x % 3 AS r FROM t');
INSERT INTO t SELECT i, i % 3, i FROM generate_series(1, 9) i;
CREATE PROCEDURE work(steps int) LANGUAGE plpgsql AS $$
DECLARE
	r	record;
BEGIN
	FOR i IN 1 .. steps LOOP
		INSERT INTO t VALUES (100 + i, i % 4, i);
		IF i % 3 = 0 THEN
			ROLLBACK;
		ELSE
			COMMIT;
		END IF;
		PERFORM assert_exact();
	END LOOP;
	FOR r IN SELECT * FROM grouped ORDER BY g LOOP
		DELETE FROM t WHERE g = r.g AND x = r.hi;
		COMMIT;
		RAISE NOTICE '% % % %', r.g, r.n, r.s, (SELECT n FROM grouped v WHERE v.g = r.g);
	END LOOP;
	UPDATE t SET x = 0 WHERE g = 1;
END $$;
SET client_min_messages = notice;
CALL work(10);
SET client_min_messages = warning;
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
DROP SCHEMA xact_procedures CASCADE;
