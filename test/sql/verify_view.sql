-- verify_view: the rows that stored and recomputed differ in, and how often.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA verify_view;
SET search_path = verify_view, ivm_test, public;

CREATE TABLE t (id int PRIMARY KEY, k text, x numeric, f float8, j json);
INSERT INTO t SELECT g, 'k' || g % 3, g, g / 7.0, '{"a": 1}' FROM generate_series(1, 30) g;
SELECT make_view('sums', 'SELECT k, sum(x) AS s, count(*) AS n FROM t GROUP BY k');
SELECT make_view('floats', 'SELECT k, sum(f) AS s, stddev(f) AS d FROM t GROUP BY k');
SELECT make_view('bag', 'SELECT k, j FROM t', 'text');
SELECT make_view('first', 'SELECT k, sum(x) AS s FROM t GROUP BY k ORDER BY count(*), sum(f) DESC LIMIT 2');
SELECT make_view('total', 'SELECT count(*) AS n, sum(f) AS s FROM t');

-- nothing differs, with deltas and without
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE t SET x = x + 1, f = f * 2 WHERE id < 5;
COMMIT;
DELETE FROM t WHERE id = 30;
SELECT v, count(side) FROM unnest('{sums,floats,bag,first,total}'::regclass[]) v
	LEFT JOIN LATERAL ivm.verify_view(v) ON true GROUP BY v ORDER BY v::text COLLATE "C";

-- what somebody did to the storage shows
SELECT state_table AS sums FROM ivm.views WHERE view = 'sums'::regclass \gset
SELECT state_table AS floats FROM ivm.views WHERE view = 'floats'::regclass \gset
SELECT state_table AS bag FROM ivm.views WHERE view = 'bag'::regclass \gset
SELECT state_table AS first FROM ivm.views WHERE view = 'first'::regclass \gset
SELECT ivm.fold('sums'), ivm.fold('floats'), ivm.fold('bag'), ivm.fold('first'), ivm.fold('total') \g /dev/null
UPDATE :sums SET row_count = 100 WHERE k = 'k0';
UPDATE :sums SET k = 'k9', row_count = 1, s_sum = NULL, s_count = 0 WHERE k = 'k1';
UPDATE :floats SET d_count = d_count + 1 WHERE k = 'k2';
UPDATE :bag SET row_count = row_count - 3 WHERE k = 'k2';
UPDATE :first SET row_count = 0 WHERE k = 'k0';
SELECT * FROM ivm.verify_view('sums') ORDER BY side, "row" ->> 'k';
SELECT side, copies, "row" ->> 'k' AS k FROM ivm.verify_view('floats') ORDER BY side, k;
SELECT * FROM ivm.verify_view('bag');
SELECT * FROM ivm.verify_view('first');

-- a filter on any column
SELECT * FROM ivm.verify_view('sums', 'k > ''k1'' AND n > 0 -- that''s it');
SELECT * FROM ivm.verify_view('sums', 'sums.n = 100');
SELECT * FROM ivm.verify_view('sums', 'k IN (SELECT k FROM t WHERE id = 3) AND n < 50');
SELECT * FROM ivm.verify_view('sums', 'x > 1');
SELECT * FROM ivm.verify_view('sums', 'k >');
SELECT * FROM ivm.verify_view('sums', 'k');
SELECT * FROM ivm.verify_view('sums', '*');
SELECT * FROM ivm.verify_view('sums', 'sums.*');
SELECT * FROM ivm.verify_view('sums', 'true) OR (true');
SELECT * FROM ivm.verify_view('sums', 'true; DROP TABLE t');
SELECT * FROM ivm.verify_view('sums', 'true FROM t');
SELECT * FROM ivm.verify_view('sums', '');

-- it changes nothing, so it is allowed where nothing can be changed
BEGIN TRANSACTION READ ONLY;
SELECT count(*) FROM ivm.verify_view('sums');
COMMIT;

-- in the snapshot of the transaction, own changes included
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM ivm.verify_view('total');
INSERT INTO t VALUES (100, 'k5', 1, 1, '{}');
SELECT count(*) FROM ivm.verify_view('total');
ROLLBACK;

SELECT count(*) FROM ivm.verify_view('t');
SELECT count(*) FROM ivm.verify_view(NULL);

-- it takes the right to read the view, and shows no more than that
CREATE ROLE regress_ivm_verify;
GRANT USAGE ON SCHEMA verify_view TO regress_ivm_verify;
SET ROLE regress_ivm_verify;
SELECT count(*) FROM ivm.verify_view('sums');
RESET ROLE;
GRANT SELECT ON sums TO regress_ivm_verify;
SET ROLE regress_ivm_verify;
SELECT count(*) FROM ivm.verify_view('sums');
\set SHOW_CONTEXT never
SELECT count(*) FROM ivm.verify_view('sums', 'EXISTS (SELECT FROM t)');
RESET ROLE;
DROP SCHEMA verify_view CASCADE;
DROP ROLE regress_ivm_verify;
