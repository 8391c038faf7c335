-- TRUNCATE that reaches a base table through a foreign key.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA truncate_cascade;
SET search_path = truncate_cascade, ivm_test, public;
CREATE TABLE one (id int PRIMARY KEY);
CREATE TABLE many (id int REFERENCES one, x numeric);
CREATE TABLE more (id int REFERENCES one, x numeric) PARTITION BY LIST (id);
CREATE TABLE more1 PARTITION OF more FOR VALUES IN (1, 2);
CREATE TABLE more2 PARTITION OF more DEFAULT;
CREATE FUNCTION fill() RETURNS void LANGUAGE sql AS $$
	INSERT INTO one SELECT generate_series(1, 5) ON CONFLICT DO NOTHING;
	INSERT INTO many SELECT i % 5 + 1, i FROM generate_series(1, 20) i;
	INSERT INTO more SELECT i % 5 + 1, i FROM generate_series(1, 20) i $$;
SELECT fill();
SELECT make_view('v', 'SELECT id, sum(x) AS s FROM many GROUP BY id');
SELECT make_view('w', 'SELECT id, sum(x) AS s FROM more GROUP BY id');
SELECT make_view('w1', 'SELECT id, sum(x) AS s FROM more1 GROUP BY id');
SELECT make_view('u', 'SELECT count(*) AS n FROM one');
TRUNCATE one;
SET client_min_messages = warning;
BEGIN;
SELECT fill();
TRUNCATE one CASCADE;
SELECT * FROM check_views();
ROLLBACK;
SELECT * FROM check_views();
TRUNCATE one CASCADE;
SELECT * FROM check_views();
SELECT fill();
SELECT * FROM check_views();
TRUNCATE one, many, more;
SELECT * FROM check_views();
DROP SCHEMA truncate_cascade CASCADE;
