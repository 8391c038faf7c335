-- Aggregates made by users, with one or several arguments, polymorphic and variadic.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_user_defined;
SET search_path = agg_user_defined, ivm_test, public;
CREATE FUNCTION times(numeric, int) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 * coalesce($2, 1)';
CREATE AGGREGATE product(int) (SFUNC = times, STYPE = numeric, INITCOND = '1');
CREATE FUNCTION add_weighted(numeric, int, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 + coalesce($2 * $3, 0)';
CREATE AGGREGATE weighted(int, numeric) (SFUNC = add_weighted, STYPE = numeric, INITCOND = '0');
CREATE FUNCTION second_of(anyelement, anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE AS 'SELECT $2';
CREATE AGGREGATE last_of(anyelement) (SFUNC = second_of, STYPE = anyelement);
CREATE TABLE t (id int PRIMARY KEY, g int, x int, w numeric);
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, 2, 0.5),
	(2, 1, 3, 1.5),
	(3, 2, 5, 1),
	(4, 2, NULL, 2),
	(5, 3, NULL, NULL),
	(6, NULL, 7, 3),
	(7, NULL, 11, 0.25);
SELECT make_view('products', $$SELECT g, product(x) AS p, weighted(x, w) AS w, last_of(x ORDER BY id) AS l, last_of(w ORDER BY id) AS lw FROM t GROUP BY g$$);
SELECT make_view('global', $$SELECT product(x) AS p FROM t$$);
\i :change_values
SELECT * FROM products ORDER BY g;
DROP SCHEMA agg_user_defined CASCADE;
