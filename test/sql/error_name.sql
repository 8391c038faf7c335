-- Names: taken, malformed, of another database, of a schema that is not there.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA error_name;
SET search_path = error_name, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, x int);
CREATE VIEW plain AS SELECT 1 AS one;
CREATE TYPE kind AS ENUM ('a');
SELECT ivm.create_view('t', 'SELECT id FROM t');
SELECT ivm.create_view('plain', 'SELECT id FROM t');
SELECT ivm.create_view('t_pkey', 'SELECT id FROM t');
SELECT ivm.create_view('kind', 'SELECT id FROM t');
SELECT ivm.create_view('v', 'SELECT id FROM t');
SELECT ivm.create_view('v', 'SELECT id FROM t');
SELECT ivm.create_view('error_name.v', 'SELECT x FROM t');
SELECT ivm.create_view('', 'SELECT id FROM t');
SELECT ivm.create_view('a b', 'SELECT id FROM t');
SELECT ivm.create_view('"a', 'SELECT id FROM t');
SELECT ivm.create_view('a.b.c.d', 'SELECT id FROM t');
SELECT ivm.create_view('nope.v', 'SELECT id FROM t');
SELECT ivm.create_view('nope.error_name.v', 'SELECT id FROM t');
SELECT ivm.create_view('v; DROP TABLE t', 'SELECT id FROM t');
SET client_min_messages = notice;
SELECT ivm.create_view('v', 'SELECT x FROM t', options => '{"if_not_exists": true}');
SET client_min_messages = warning;
SELECT ivm.create_view('plain', 'SELECT x FROM t', options => '{"if_not_exists": true}');
-- what ivm has not made is not replaced, and that is the reason given
CREATE MATERIALIZED VIEW copied AS SELECT 1 AS one;
CREATE SEQUENCE counter;
SELECT ivm.create_view('plain', 'SELECT x FROM t', options => '{"replace": true}');
SELECT ivm.create_view('copied', 'SELECT x FROM t', options => '{"replace": true}');
SELECT ivm.create_view('counter', 'SELECT x FROM t', options => '{"replace": true}');
SELECT ivm.create_view('t', 'SELECT x FROM t', options => '{"replace": true}');
SELECT ivm.create_view('t_pkey', 'SELECT x FROM t', options => '{"replace": true}');
SELECT ivm.create_view('v', 'SELECT id, x FROM t', options => '{"replace": true}');
\d v
DROP SCHEMA error_name CASCADE;
