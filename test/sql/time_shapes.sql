-- Conditions on the current time, in definitions of all shapes, with rows at the very edges of the windows,
-- inside transactions that have changed them and as the clock moves on.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA time_shapes;
SET search_path = time_shapes, ivm_test, public;

CREATE TABLE kinds (kind int PRIMARY KEY, name text, since timestamptz);
CREATE TABLE events (id serial PRIMARY KEY, kind int, at timestamptz, amount numeric, f float8, i int);
CREATE INDEX ON events (at);
CREATE INDEX ON events (kind);
INSERT INTO kinds SELECT k, 'kind ' || k, now() - k * interval '300 ms' FROM generate_series(0, 5) k;
-- rows around now() - 2 s, some of them at it, and around now(); old ones, future ones, infinite ones, NULLs
CREATE PROCEDURE fill(n int) LANGUAGE sql AS $$
	INSERT INTO events (kind, at, amount, f, i)
		SELECT k % 7, now() - interval '2 s' * (k % 2) + (k - n / 2) * interval '1 ms', nullif(k % 11, 3) * 1.10, k * 0.1, nullif(k % 5, 2)
		FROM generate_series(1, n) k;
	INSERT INTO events (kind, at, amount, f, i)
		SELECT k % 3, now() - k * interval '130 ms', k, 'NaN', k FROM generate_series(-5, 20) k;
	INSERT INTO events (kind, at, amount, f, i) VALUES (1, 'infinity', 1, 1, 1), (2, '-infinity', 1, 1, 1), (3, NULL, 1, 1, 1),
		(4, '2001-01-01', 4, 4, 4), (4, '1900-01-01', 4, 4, 4), (NULL, now(), NULL, NULL, NULL), (NULL, now() - interval '2 s', NULL, NULL, NULL);
$$;
CALL fill(40);

SELECT make_view('by_kind', 'SELECT kind, count(*) AS n, sum(amount) AS s, avg(amount) AS a, min(i) AS mi, max(at) AS last FROM events WHERE at > now() - interval ''2 s'' GROUP BY kind');
SELECT make_view('at_edge', 'SELECT kind, count(*) AS n FROM events WHERE at >= now() - interval ''2 s'' GROUP BY kind');
SELECT make_view('before', 'SELECT kind, count(*) AS n, sum(i) AS s FROM events WHERE at < now() - interval ''2 s'' GROUP BY kind');
SELECT make_view('until', 'SELECT kind, count(*) AS n, sum(i) AS s FROM events WHERE now() - interval ''2 s'' >= at GROUP BY kind');
SELECT make_view('two_sided', 'SELECT kind, count(*) AS n, sum(amount) AS s FROM events WHERE at BETWEEN now() - interval ''2 s'' AND now() GROUP BY kind');
SELECT make_view('no_group', 'SELECT count(*) AS n, sum(amount) AS s, sum(i) AS si, min(at) AS first, bool_or(i > 3) AS b FROM events WHERE at >= now() - interval ''2 s'' AND at < now()');
SELECT make_view('nothing', 'SELECT count(*) AS n, count(i) AS c, sum(amount) AS s, stddev(amount) AS d, max(i) AS m FROM events WHERE at > now() + interval ''1 h'' AND at < now() + interval ''2 h''');
SELECT make_view('sums', 'SELECT kind, variance(amount) AS v, stddev(i) AS d, bit_or(i) AS b, sum(i * interval ''1 s'') AS iv, sum(i::int8) AS s8, bool_and(i > 1) AS ba, sum(amount::money) AS m, avg(i) AS ai, count(*) FILTER (WHERE i > 1) AS c FROM events WHERE at > now() - interval ''2 s'' GROUP BY kind');
SELECT make_view('having', 'SELECT kind, sum(amount) * 2 AS s FROM events WHERE at > now() - interval ''2 s'' GROUP BY kind HAVING count(*) > 3 ORDER BY 2 DESC LIMIT 4');
SELECT make_view('different', 'SELECT DISTINCT kind, i FROM events WHERE at > now() - interval ''2 s''');
SELECT make_view('bag', 'SELECT id, kind FROM events WHERE at > now() - interval ''2 s''');
SELECT make_view('windows', 'SELECT id, rank() OVER (PARTITION BY kind ORDER BY id) AS r FROM events WHERE at > now() - interval ''2 s''');
SELECT make_view('distinct_on', 'SELECT DISTINCT ON (kind) kind, at FROM events WHERE at > now() - interval ''2 s'' ORDER BY kind, at');
SELECT make_view('by_day', 'SELECT at::date AS day, array_agg(id ORDER BY id) AS ids FROM events WHERE at::date >= current_date - 1 GROUP BY 1');
SELECT make_view('by_second', 'SELECT date_trunc(''second'', at) AS second, count(*) AS n FROM events WHERE at > now() - interval ''2 s'' GROUP BY 1');
SELECT make_view('trunc', 'SELECT kind, count(*) AS n FROM events WHERE date_trunc(''second'', at) >= date_trunc(''second'', now()) - interval ''1 s'' GROUP BY 1');
SELECT make_view('joined', 'SELECT k.name, count(*) AS n, max(e.amount) AS m FROM events e JOIN kinds k ON k.kind = e.kind AND e.at > now() - interval ''2 s'' GROUP BY k.kind');
SELECT make_view('both', 'SELECT k.name, count(*) AS n FROM events e JOIN kinds k USING (kind) WHERE e.at > now() - interval ''2 s'' AND k.since <= now() - interval ''1 s'' GROUP BY k.name');
SELECT make_view('left_join', 'SELECT k.name, count(e.id) AS n FROM kinds k LEFT JOIN events e ON e.kind = k.kind AND e.i > 1 WHERE k.since > now() - interval ''1 s'' GROUP BY k.name');
SELECT make_view('nullable', 'SELECT k.name, count(*) AS n FROM kinds k LEFT JOIN events e USING (kind) WHERE e.at > now() - interval ''2 s'' GROUP BY k.name');
SELECT make_view('aliased', 'SELECT j.name, count(*) AS n FROM (kinds k JOIN events e USING (kind)) AS j WHERE j.at > now() - interval ''2 s'' GROUP BY j.name');
SELECT make_view('with_exists', 'SELECT kind, count(*) AS n FROM events e WHERE EXISTS (SELECT FROM kinds k WHERE k.kind = e.kind) AND at > now() - interval ''2 s'' GROUP BY kind');
SELECT make_view('union_below', 'SELECT kind, count(*) AS n FROM (SELECT kind, at FROM events UNION ALL SELECT kind, since FROM kinds) u WHERE at > now() - interval ''2 s'' GROUP BY kind');
SELECT make_view('conditions', 'SELECT DISTINCT i > 2 AS large, coalesce(i, 0) AS i FROM events WHERE at > now() - interval ''2 s'' AND kind > 0 AND id > 3');
SELECT make_view('ranked', 'SELECT * FROM (SELECT kind, count(*) AS n, rank() OVER (ORDER BY count(*) DESC, kind) AS r FROM events WHERE at > now() - interval ''2 s'' GROUP BY kind) q WHERE r < 4');
SELECT make_view('latest', 'SELECT q.kind FROM (SELECT kind, max(at) AS at FROM events WHERE at > now() - interval ''2 s'' GROUP BY kind ORDER BY 2 DESC, 1 LIMIT 3) q WHERE q.kind > 0');
SELECT make_view('with_query', 'WITH recent AS (SELECT kind, amount FROM events WHERE at > now() - interval ''2 s'' AND i > 0) SELECT k.name, sum(r.amount) AS s FROM recent r JOIN kinds k USING (kind) GROUP BY k.name');
SELECT make_view('subqueries', 'SELECT e.kind, count(*) AS n FROM (SELECT * FROM (SELECT kind, i, at FROM events WHERE now() - interval ''2 s'' < at) x WHERE x.at <= now()) e JOIN (SELECT kind FROM kinds WHERE since < now() - interval ''1 s'') k ON k.kind = e.kind GROUP BY e.kind');
SELECT make_view('average', 'SELECT kind, count(*) AS n FROM events WHERE at > now() - interval ''2 s'' AND amount > (SELECT avg(amount) FROM events) GROUP BY kind');
SELECT make_view('not_selected', 'SELECT count(*) AS n FROM events WHERE at > now() - interval ''2 s'' GROUP BY kind');

CREATE PROCEDURE check_all(n int) LANGUAGE plpgsql AS $$ BEGIN
	FOR i IN 1 .. n LOOP
		PERFORM assert_exact();
		PERFORM pg_sleep(0.05);
		COMMIT;
	END LOOP;
END $$;
SELECT * FROM check_views() WHERE result NOT LIKE 'exact%';
CALL check_all(3);

-- what groups are found by can be indexed and filtered, what is added up cannot
SELECT ivm.create_index('by_kind', 'kind') IS NOT NULL AS indexed;
SELECT ivm.create_index('by_kind', 'n');
SELECT count(*) FROM ivm.reconcile('by_kind', 'kind = 1');
SELECT count(*) FROM ivm.verify_view('by_kind', 'kind = 1');

-- changes, seen by the transaction that has made them, at its own moment
BEGIN;
CALL fill(60);
SELECT assert_exact();
UPDATE events SET at = at + interval '1 ms', amount = amount + 0.001 WHERE id % 3 = 0;
SAVEPOINT s;
DELETE FROM events WHERE at BETWEEN now() - interval '2.05 s' AND now() - interval '1.95 s';
SELECT assert_exact();
ROLLBACK TO s;
SELECT assert_exact();
DELETE FROM events WHERE id % 4 = 0;
UPDATE kinds SET since = now() - interval '1 s' WHERE kind < 3;
SELECT assert_exact();
COMMIT;
CALL check_all(4);

-- a transaction that stays open keeps its moment
BEGIN ISOLATION LEVEL REPEATABLE READ;
CREATE TEMP TABLE earlier AS SELECT * FROM by_kind;
SELECT pg_sleep(0.1);
SELECT count(*) FROM (TABLE earlier EXCEPT ALL TABLE by_kind) q;
SELECT assert_exact();
COMMIT;

-- what a dump has of the views can be read again, and means the same
DO $$ DECLARE
	v	regclass;
	bad	bigint;
BEGIN
	FOR v IN SELECT view FROM definition LOOP
		EXECUTE format('CREATE VIEW pg_temp.again AS %s', pg_get_viewdef(v));
		EXECUTE format('SELECT count(*) FROM (SELECT * FROM pg_temp.again EXCEPT ALL SELECT * FROM %s) d', v) INTO bad;
		IF bad > 0 THEN
			RAISE EXCEPTION 'view % is printed as another', v;
		END IF;
		DROP VIEW pg_temp.again;
	END LOOP;
END $$;

SELECT fold_views();
CALL check_all(2);
SELECT make_late_views();
TRUNCATE events;
CALL fill(30);
CALL check_all(3);
SELECT count(*) > 40 AS all_views, count(*) FILTER (WHERE result LIKE 'exact%') = count(*) AS exact FROM check_views();
DROP SCHEMA time_shapes CASCADE;
