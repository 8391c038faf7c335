-- Conditions on the current time that cannot be used: where, why, and what to write instead.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA time_refused;
SET search_path = time_refused, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, at timestamptz, d date, x numeric, epoch bigint);
CREATE TABLE u (id int PRIMARY KEY, name text, since timestamptz);
CREATE VIEW plain AS SELECT * FROM t;

SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t WHERE at > now() - interval ''1 day'' OR g = 1 GROUP BY g');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t WHERE NOT at > now() GROUP BY g');
SELECT ivm.create_view('v', 'SELECT g, count(*) FILTER (WHERE at > now() - interval ''1 day'') FROM t GROUP BY g');
SELECT ivm.create_view('v', 'SELECT g, now() - max(at) AS age FROM t GROUP BY g');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t GROUP BY g HAVING max(at) > now() - interval ''1 day''');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t WHERE now() - at < interval ''1 day'' GROUP BY g');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t WHERE at > now() - make_interval(days => g) GROUP BY g');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t WHERE age(at) < interval ''1 day'' GROUP BY g');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t WHERE at <> now() GROUP BY g');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t WHERE at = now() GROUP BY g');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t WHERE epoch > extract(epoch FROM now()) - 3600 GROUP BY g');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t WHERE at > clock_timestamp() - interval ''1 day'' GROUP BY g');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t WHERE at > now() - random() * interval ''1 day'' GROUP BY g');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t WHERE at > now() - (SELECT max(at) - min(at) FROM t) GROUP BY g');
SELECT ivm.create_view('v', 'SELECT u.name, count(t.id) FROM u LEFT JOIN t ON t.g = u.id AND t.at > now() - interval ''1 day'' GROUP BY u.name');
SELECT ivm.create_view('v', 'SELECT name FROM u WHERE EXISTS (SELECT FROM t WHERE t.g = u.id AND t.at > now() - interval ''1 day'')');
SELECT ivm.create_view('v', 'SELECT g, n FROM (SELECT g, count(*) AS n FROM t WHERE at > now() - interval ''1 day'' GROUP BY g) q WHERE n > 1');
SELECT ivm.create_view('v', 'SELECT id FROM t WHERE at > now() UNION SELECT id FROM u');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t WHERE at > now() - interval ''1 day'' GROUP BY ROLLUP (g)');
SELECT ivm.create_view('v', 'SELECT g, count(DISTINCT x) FROM t WHERE at > now() - interval ''1 day'' GROUP BY g');
SELECT ivm.create_view('v', 'SELECT g, count(*), array_agg(id) FROM t WHERE at > now() - interval ''1 day'' GROUP BY g');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM plain WHERE at > now() - interval ''1 day'' GROUP BY g');
SELECT ivm.create_view('v', 'SELECT count(*), (SELECT max(id) FROM u) AS m FROM t WHERE at > now() - interval ''1 day''');
SELECT ivm.create_view('v', 'SELECT count(*) AS n FROM (SELECT g, date_trunc(''day'', at) AS day, at FROM t) q WHERE at > now() - interval ''1 day'' GROUP BY day');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t WHERE at > now() - interval ''1 day'' GROUP BY g', options => '{"time_bucket": "1 month"}');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t WHERE at > now() - interval ''1 day'' GROUP BY g', options => '{"time_bucket": "0"}');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t WHERE d > current_date - 1 GROUP BY g', options => '{"time_bucket": "1 hour"}');

-- the ways out that the hints name
SET client_min_messages = warning;
SELECT ivm.create_view('v1', 'SELECT d, g, count(DISTINCT x) AS n FROM t WHERE d > current_date - 1 GROUP BY d, g') IS NOT NULL AS by_date;
SELECT ivm.create_view('v2', 'SELECT t.* FROM plain t WHERE at > now() - interval ''1 day''') IS NOT NULL AS rows_of_a_view;
SELECT ivm.create_view('v3', 'SELECT g, count(*) AS n FROM t WHERE at > now() - interval ''1 day'' GROUP BY g') IS NOT NULL AS linear;
RESET client_min_messages;
SELECT ivm.alter_view('v3', '{"time_bucket": "1 hour"}');
SELECT ivm.alter_view('v3', '{"mode": "deferred"}');
SELECT ivm.create_view('w', 'SELECT sum(n) AS n FROM v3');
SELECT ivm.create_view('w', 'SELECT sum(g) AS n FROM t', options => '{"time_bucket": "none"}');
CREATE FUNCTION a_while() RETURNS interval STABLE LANGUAGE sql AS 'SELECT interval ''1 day''';
SELECT ivm.create_view('w', 'SELECT g, count(*) FROM t WHERE at > now() - a_while() GROUP BY g');

-- what a view costs, before it is made and after
SELECT construct, strategy, read_cost, note FROM ivm.explain_query('SELECT g, count(*) FROM t WHERE at >= now() - interval ''90 days'' AND at < current_date GROUP BY g') WHERE part = 'finishing';
SELECT construct, strategy, read_cost, note FROM ivm.explain_query('SELECT g, count(*) FROM t WHERE at + interval ''1 day'' > now() GROUP BY g') WHERE part = 'finishing';
SELECT construct, strategy, read_cost, note FROM ivm.explain_query('SELECT g, d, count(*) FROM t WHERE d > current_date - 7 GROUP BY g, d') WHERE part = 'finishing';
SELECT construct, strategy, read_cost, note FROM ivm.explain_query('SELECT g, count(*) FROM t WHERE d > current_date - 7 GROUP BY g') WHERE part = 'finishing';
CREATE INDEX ON t USING brin (at);
SELECT construct, strategy, read_cost, note FROM ivm.explain_view('v3') WHERE part = 'finishing';
SELECT ivm.create_view('w', 'SELECT u.name, count(*) AS n FROM u, t WHERE u.id = t.id AND u.since > now() - interval ''1 day'' GROUP BY u.name');
DROP SCHEMA time_refused CASCADE;
