-- A float sum is the exact one, rounded once: it does not drift, and does not
-- depend on the order of changes or on what has come and gone.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA agg_float_rounding;
SET search_path = agg_float_rounding, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x4 float4, x8 float8);
SELECT ivm.create_view('v', 'SELECT g, count(*) AS n, sum(x4) AS s4, sum(x8) AS s8, avg(x8) AS a8 FROM t GROUP BY g');
-- ten tenths are one
INSERT INTO t SELECT i, 1, 0.1, 0.1 FROM generate_series(1, 10) i;
SELECT * FROM v;
-- a great value does not swallow small ones
INSERT INTO t VALUES (100, 1, 1e38, 1e308);
SELECT n, s4 > 1e37 AS s4, s8 FROM v;
DELETE FROM t WHERE id = 100;
SELECT * FROM v;
BEGIN;
INSERT INTO t VALUES (100, 1, 1e38, 1e308);
DELETE FROM t WHERE id = 100;
SELECT * FROM v;
COMMIT;
SELECT * FROM v;
-- two that overflow together fail the reader, not the writer, and only as
-- long as they are there
INSERT INTO t VALUES (101, 1, 0, 1.5e308), (102, 1, 0, 1.5e308);
SELECT g, n, s8 FROM v;
SELECT g, n, s4 FROM v;
SELECT g, a8 FROM v;
INSERT INTO t VALUES (103, 1, 0, -1.5e308), (104, 1, 0, -1.5e308);
SELECT * FROM v;
DELETE FROM t WHERE id > 100;
SELECT * FROM v;
-- a thousand changes one by one, then as at the start
DO $$
BEGIN
	FOR i IN 1 .. 500 LOOP
		INSERT INTO t VALUES (1000 + i, 1, i * 0.3, power(-10, i % 300));
		COMMIT;
	END LOOP;
	FOR i IN 1 .. 500 LOOP
		DELETE FROM t WHERE id = 1000 + (i * 7) % 500 + 1;
		COMMIT;
	END LOOP;
END $$;
SELECT * FROM v;
-- different orders, one result
TRUNCATE t;
INSERT INTO t SELECT i, i % 2, i * 0.1, i * 0.1 FROM generate_series(1, 1000) i;
CREATE TABLE u (LIKE t);
SELECT ivm.create_view('w', 'SELECT g, sum(x4) AS s4, sum(x8) AS s8 FROM u GROUP BY g');
DO $$
BEGIN
	FOR i IN REVERSE 10 .. 1 LOOP
		INSERT INTO u SELECT * FROM t WHERE id % 10 + 1 = i ORDER BY id DESC;
		COMMIT;
	END LOOP;
END $$;
SELECT v.s4 = w.s4 AND v.s8 = w.s8 AS same FROM v JOIN w USING (g);
-- right to the last digit
SELECT g, s8, s8 = (SELECT sum(x8::numeric) FROM t WHERE t.g = v.g)::float8 AS nearest FROM v ORDER BY g;
DROP SCHEMA agg_float_rounding CASCADE;
