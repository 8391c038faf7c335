-- explain_query and explain_view: what is stored, what is done when it is read, at what cost.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA explain_functions;
SET search_path = explain_functions, ivm_test, public;

\pset format unaligned
CREATE TABLE t (id int PRIMARY KEY, k int, at timestamptz, s text, x numeric, f float8);
CREATE INDEX ON t (k);
SELECT * FROM ivm.explain_query($$
	SELECT date_trunc('day', at) AS day, sum(x) / count(*) AS mean, avg(f) AS f, max(s) AS m,
		   string_agg(s, ',' ORDER BY id) AS all, count(s) FILTER (WHERE k > 1) AS some
	FROM t WHERE x > 0 GROUP BY 1 HAVING count(*) > 1 ORDER BY 2 DESC LIMIT 10 $$);
SELECT * FROM ivm.explain_query('SELECT k, min(x) FROM t GROUP BY k');
SELECT * FROM ivm.explain_query('SELECT lower(s), min(x) FROM t GROUP BY 1');
SELECT * FROM ivm.explain_query('SELECT s, k FROM t');
SELECT * FROM ivm.explain_query('SELECT DISTINCT k FROM t');
SELECT * FROM ivm.explain_query('SELECT DISTINCT ON (k) k, x FROM t ORDER BY k, x');
SELECT * FROM ivm.explain_query('SELECT count(*), array_agg(k) FROM t');
SELECT * FROM ivm.explain_query('SELECT k, rank() OVER (ORDER BY count(*)) AS r FROM t GROUP BY k OFFSET 1');

-- refused: reason, remedy and position, as a row
SELECT * FROM ivm.explain_query('SELECT k, now() FROM t');
SELECT * FROM ivm.explain_query('SELECT ctid FROM t');
SELECT * FROM ivm.explain_query('SELECT k FROM t WHERE k IN (WITH RECURSIVE r AS (SELECT k FROM t UNION SELECT k + 1 FROM r) SELECT k FROM r)');
SELECT * FROM ivm.explain_query('SELECT k AS a, s AS a FROM t');
SELECT * FROM ivm.explain_query('SELECT relname FROM pg_class');

-- an index serves who asks in its collation, and no other
CREATE TABLE c (id int PRIMARY KEY, s text, x int);
CREATE VIEW index_notes AS SELECT c.key, note FROM (VALUES ('s'), ('s COLLATE "C"'), ('lower(s) COLLATE "C"')) c (key),
	ivm.explain_query(format('SELECT %s AS s, percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM c GROUP BY 1', key)) WHERE code = 'aggregate_slice';
TABLE index_notes;
CREATE INDEX ON c (s);
TABLE index_notes;
CREATE INDEX ON c (s COLLATE "C");
CREATE INDEX ON c (lower(s) COLLATE "C");
TABLE index_notes;

-- errors stay errors
SELECT * FROM ivm.explain_query('SELECT k FRM t x');
SELECT * FROM ivm.explain_query('SELECT nothing FROM t');
SELECT * FROM ivm.explain_query('DELETE FROM t');
SELECT * FROM ivm.explain_query('');
SELECT * FROM ivm.explain_query(NULL);

SELECT make_view('v', 'SELECT k, sum(x) AS sum FROM t GROUP BY k');
SELECT part, strategy, write_cost, read_cost FROM ivm.explain_view('v');
SELECT ivm.pause('v');
SELECT * FROM ivm.explain_view('v') WHERE part = 'status';
SELECT ivm.resume('v');
ALTER TABLE t DISABLE TRIGGER ivm_capture;
SELECT * FROM ivm.explain_view('v') WHERE part = 'status';
SELECT * FROM ivm.explain_view('t');
SELECT * FROM ivm.explain_view(NULL);
CREATE ROLE regress_ivm_explain;
GRANT USAGE ON SCHEMA explain_functions TO regress_ivm_explain;
SET ROLE regress_ivm_explain;
SELECT * FROM ivm.explain_query('SELECT k FROM t');
SELECT * FROM ivm.explain_view('v');
RESET ROLE;
DROP SCHEMA explain_functions CASCADE;
DROP ROLE regress_ivm_explain;
