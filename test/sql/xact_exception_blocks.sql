-- PL/pgSQL exception blocks undo their part alone.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA xact_exception_blocks;
SET search_path = xact_exception_blocks, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, min(x) AS lo, max(x) AS hi FROM t GROUP BY g');
SELECT make_view('listed', $$SELECT g, string_agg(x::text, ',' ORDER BY x, id) AS l FROM t WHERE x > 1 GROUP BY g$$);
SELECT make_view('bag', 'SELECT g, x % 3 AS r FROM t');
INSERT INTO t SELECT i, i % 3, i FROM generate_series(1, 9) i;
DO $$
BEGIN
	FOR i IN 1 .. 40 LOOP
		BEGIN
			INSERT INTO t VALUES (100 + i, i % 5, i);
			UPDATE t SET x = x + 1 WHERE g = i % 5;
			BEGIN
				DELETE FROM t WHERE id = 100 + i - 1;
				IF i % 3 = 0 THEN
					RAISE 'inner';
				END IF;
			EXCEPTION WHEN raise_exception THEN
				INSERT INTO t VALUES (1000 + i, 3, i);
			END;
			IF i % 4 = 0 THEN
				PERFORM 1 / 0;
			END IF;
		EXCEPTION WHEN division_by_zero THEN
			PERFORM assert_exact();
		END;
	END LOOP;
	PERFORM assert_exact();
END $$;
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
-- a statement that fails after some of its rows
CREATE FUNCTION try(int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO t SELECT i, 1, 1 / (i - $1) FROM generate_series(2000, 2010) i;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLERRM || ', ' || oracle('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, min(x) AS lo, max(x) AS hi FROM t GROUP BY g');
END $$;
SELECT try(2005);
SELECT try(3000);
SELECT * FROM check_views();
DROP SCHEMA xact_exception_blocks CASCADE;
