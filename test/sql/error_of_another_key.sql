-- An aggregate that fails for one group is an error of who reads that group.  Writers of other
-- groups do not get it, though some of them fold, and many rows of a join may compute the view.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA error_of_another_key;
SET search_path = error_of_another_key, ivm_test, public;
\set VERBOSITY terse
CREATE ROLE regress_ivm_owner;
GRANT USAGE, CREATE ON SCHEMA error_of_another_key TO regress_ivm_owner;
CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int, initcond = '0');
CREATE TABLE t (id int PRIMARY KEY, g int, k text, x int);
CREATE TABLE u (id int PRIMARY KEY, y int);
GRANT SELECT, TRIGGER ON t, u TO regress_ivm_owner;
INSERT INTO u SELECT n, n FROM generate_series(1, 1000) n;
SELECT make_view('documents', 'SELECT g, jsonb_object_agg(k, x) AS d FROM t GROUP BY g');
SELECT make_view('ratios', 'SELECT g, string_agg((100 / x)::text, '','' ORDER BY id) AS r FROM t GROUP BY g');
SELECT make_view('fractions', 'SELECT g, percentile_disc(g / 1000.0) WITHIN GROUP (ORDER BY x) AS p FROM t GROUP BY g');
SELECT make_view('totals', 'SELECT g, total(x) AS s FROM t GROUP BY g');
SELECT make_view('joined', 'SELECT g, jsonb_object_agg(k, y) AS d FROM t JOIN u ON u.id = t.x GROUP BY g');
SELECT make_view('outer_joined', 'SELECT g, jsonb_object_agg(k, y) AS d FROM t LEFT JOIN u ON u.id = t.x GROUP BY g');
-- harmless ones, which writers fold
SELECT make_view('lists', 'SELECT g, string_agg(k, '','' ORDER BY id) AS l, string_agg(x::text, '','' ORDER BY id) FILTER (WHERE x > 3) AS m,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY x) AS p, array_agg(x ORDER BY id) AS a FROM t GROUP BY g');
ALTER VIEW totals OWNER TO regress_ivm_owner;
-- each commit appends rows of a new group, and one in 16 folds
CREATE PROCEDURE write(first int, last int) LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN first .. last LOOP
		INSERT INTO t VALUES (i, i, 'k' || i, i);
		COMMIT;
	END LOOP;
END $$;
CALL write(11, 20);
SELECT * FROM check_views();
INSERT INTO t VALUES (2, 2, NULL, 0), (3, 2, NULL, 3);
CALL write(21, 140);
UPDATE u SET y = y + 1;
UPDATE t SET x = x + 1 WHERE g > 10;
INSERT INTO t SELECT n, n / 10, n, n FROM generate_series(1000, 3000) n;
DELETE FROM t WHERE id > 1000;
SELECT * FROM documents WHERE g = 2;
SELECT * FROM documents WHERE g = 21;
SELECT viewname, status FROM ivm.views ORDER BY 1;
-- the owner may not call an aggregate
REVOKE EXECUTE ON FUNCTION total(int) FROM PUBLIC;
CALL write(141, 260);
GRANT EXECUTE ON FUNCTION total(int) TO regress_ivm_owner;
DELETE FROM t WHERE g = 2;
UPDATE u SET y = y - 1;
SELECT * FROM check_views();
SELECT ivm.fold(viewname::regclass) >= 0 AS folded FROM ivm.views;
SELECT * FROM check_views();
DROP SCHEMA error_of_another_key CASCADE;
DROP OWNED BY regress_ivm_owner;
DROP ROLE regress_ivm_owner;
