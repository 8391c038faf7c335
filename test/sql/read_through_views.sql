-- Views over the view, one with a security barrier; functions that read it; prepared
-- statements.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set pending :srcdir /sql/include/pending.sql
\i :oracle
CREATE SCHEMA read_through_views;
SET search_path = read_through_views, ivm_test, public;
\i :pending
CREATE VIEW upper_view AS SELECT g, s / n AS mean FROM grouped WHERE n > 2;
CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM grouped WHERE g < 100;
CREATE FUNCTION leaky(int) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN IF $1 > 100 THEN RAISE 'leaked'; END IF; RETURN true; END $$;
INSERT INTO ivm_test.definition VALUES
	('upper_view', 'SELECT g, sum(x) / count(*) AS mean FROM t GROUP BY g HAVING count(*) > 2', 'both'),
	('barrier', 'SELECT g, count(*) AS n, sum(x) AS s, min(x) AS lo, max(x) AS hi FROM t WHERE g < 100 GROUP BY g', 'both');
SELECT * FROM check_views();
SELECT same('SELECT * FROM @upper_view v WHERE g BETWEEN 5 AND 25');
SELECT same('SELECT * FROM @barrier v WHERE leaky(g) AND s > 100');
CREATE FUNCTION of_group(int) RETURNS grouped STABLE LANGUAGE sql AS 'SELECT * FROM grouped WHERE g = $1';
CREATE FUNCTION some_groups() RETURNS SETOF grouped STABLE LANGUAGE sql AS 'SELECT * FROM grouped WHERE g < 20';
SELECT * FROM of_group(16);
SELECT i, (of_group(i)).n FROM generate_series(19, 21) i;
SELECT count(*), sum(n), sum(s) FROM some_groups();
PREPARE p(int) AS SELECT g, n FROM grouped WHERE g = $1;
SET plan_cache_mode = force_generic_plan;
EXECUTE p(1);
EXECUTE p(22);
EXECUTE p(303);
INSERT INTO t VALUES (9000, 22, 1, '');
EXECUTE p(22);
ROLLBACK PREPARED 'regress_ivm_pending';
SELECT * FROM check_views();
DROP SCHEMA read_through_views CASCADE;
