-- explain_query and create_view over several tables: how changes of each are
-- followed, and which index is missing for that.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
SET client_min_messages = notice;
CREATE SCHEMA explain_join;
SET search_path = explain_join, ivm_test, public;
CREATE TABLE customer (id int PRIMARY KEY, country int, name text);
CREATE TABLE country (code int, name text);
CREATE TABLE orders (id int PRIMARY KEY, customer int, day date, amount int);
CREATE TABLE item (order_id int, no int, product int, price int, PRIMARY KEY (order_id, no));
CREATE FUNCTION sources(query text) RETURNS TABLE (construct text, strategy text, write_cost text, note text) LANGUAGE sql AS $$
	SELECT regexp_replace(construct, 'explain_join.', ''), strategy, write_cost, regexp_replace(note, 'explain_join\.', '', 'g')
	FROM ivm.explain_query(query) WHERE construct LIKE 'FROM %' $$;
CREATE FUNCTION notes(query text) RETURNS TABLE (construct text, note text) LANGUAGE sql AS $$
	SELECT regexp_replace(construct, 'explain_join.', ''), regexp_replace(note, 'explain_join\.', '', 'g')
	FROM ivm.explain_query(query) WHERE construct LIKE 'FROM %' OR note ~ 'recomput' $$;
\x on
-- a star: each dimension needs an index of the facts
SELECT * FROM sources('SELECT c.name, sum(o.amount) FROM orders o JOIN customer c ON o.customer = c.id GROUP BY c.name');
-- a chain, to a table without any index
SELECT * FROM sources('SELECT y.name, sum(i.price) FROM item i JOIN orders o ON i.order_id = o.id JOIN customer c ON c.id = o.customer JOIN country y ON y.code = c.country GROUP BY y.name');
-- the other side of an outer join
SELECT * FROM sources('SELECT c.id, count(o.id) FROM customer c LEFT JOIN orders o ON o.customer = c.id GROUP BY c.id');
SELECT * FROM sources('SELECT c.id, y.name FROM customer c FULL JOIN country y ON y.code = c.country');
-- subqueries
SELECT * FROM sources('SELECT id, name FROM customer c WHERE EXISTS (SELECT FROM orders o WHERE o.customer = c.id)');
SELECT * FROM sources('SELECT id, name FROM customer WHERE id IN (SELECT customer FROM orders WHERE amount > 10)');
SELECT * FROM sources('SELECT id, name FROM customer WHERE id NOT IN (SELECT customer FROM orders)');
SELECT * FROM sources('SELECT id, (SELECT sum(amount) FROM orders o WHERE o.customer = c.id) FROM customer c');
SELECT * FROM sources('SELECT c.id, o.s FROM customer c JOIN (SELECT customer, sum(amount) AS s FROM orders GROUP BY customer) o ON o.customer = c.id');
SELECT * FROM sources('SELECT id FROM customer EXCEPT SELECT customer FROM orders');
SELECT * FROM sources('SELECT id FROM customer UNION ALL SELECT customer FROM orders');
SELECT * FROM sources('SELECT a.id, b.id AS other FROM customer a JOIN customer b ON a.country = b.country');
-- no equation
SELECT * FROM sources('SELECT c.id, y.name FROM customer c CROSS JOIN country y');
SELECT * FROM sources('SELECT c.id, count(o.id) FROM customer c LEFT JOIN orders o ON o.amount > c.country GROUP BY c.id');
SELECT * FROM sources('SELECT c.id FROM customer c JOIN country y ON y.code = c.country WHERE NOT EXISTS (SELECT FROM orders o JOIN item i ON i.order_id = o.id WHERE i.price > c.country)');
SELECT * FROM sources('SELECT id FROM customer WHERE country > (SELECT max(code) FROM country)');
-- keys that are recomputed
SELECT * FROM notes('SELECT c.country, max(o.amount) FROM orders o JOIN customer c ON o.customer = c.id GROUP BY c.country');
SELECT * FROM notes('SELECT customer, min(day), string_agg(amount::text, '','' ORDER BY id) FROM orders GROUP BY customer');
SELECT * FROM notes('SELECT day - 1 AS before, min(amount) FROM orders GROUP BY 1');
\x off
-- told when a view is created
SELECT ivm.create_view('star', 'SELECT c.name, sum(o.amount) FROM orders o JOIN customer c ON o.customer = c.id GROUP BY c.name');
SELECT ivm.create_view('chain', 'SELECT y.name, max(i.price) FROM item i JOIN orders o ON i.order_id = o.id JOIN customer c ON c.id = o.customer JOIN country y ON y.code = c.country GROUP BY y.name');
SELECT ivm.create_view('extremes', 'SELECT customer, min(day) FROM orders GROUP BY customer');
CREATE INDEX ON orders (customer, day);
CREATE INDEX ON customer USING hash (country);
CREATE INDEX ON country (code);
CREATE INDEX ON country (name);
SELECT ivm.create_view('star_2', 'SELECT c.name, sum(o.amount) FROM orders o JOIN customer c ON o.customer = c.id GROUP BY c.name');
SELECT ivm.create_view('chain_2', 'SELECT y.name, max(i.price) FROM item i JOIN orders o ON i.order_id = o.id JOIN customer c ON c.id = o.customer JOIN country y ON y.code = c.country GROUP BY y.name');
SELECT ivm.create_view('extremes_2', 'SELECT customer, min(day) FROM orders GROUP BY customer');
\x on
SELECT * FROM notes('SELECT c.country, max(o.amount) FROM orders o JOIN customer c ON o.customer = c.id GROUP BY c.country');
SELECT * FROM notes('SELECT id, name FROM customer WHERE id IN (SELECT customer FROM orders WHERE amount > 10)');
\x off
-- a partial or invalid index does not count, one that starts with something else neither
DROP INDEX country_code_idx;
CREATE INDEX ON country (code) WHERE name IS NOT NULL;
CREATE INDEX ON country (name, code);
SELECT construct, note FROM notes('SELECT c.id, y.name FROM customer c JOIN country y ON y.code = c.country');
-- two columns: one of them is enough
SELECT construct, note FROM notes('SELECT c.id FROM customer c JOIN country y ON y.code = c.country AND y.name = c.name');
SELECT ivm.create_view('pair', 'SELECT o.id, i.price FROM orders o JOIN item i ON i.no = o.id AND i.product = o.customer');
-- a partitioned table
CREATE TABLE parted (id int, k int) PARTITION BY RANGE (id);
SELECT construct, note FROM notes('SELECT p.id, c.name FROM parted p JOIN customer c ON c.id = p.k');
SELECT DISTINCT part, construct, strategy FROM ivm.explain_view('chain_2') WHERE construct ~ 'FROM' ORDER BY 2;
SET client_min_messages = warning;
DROP SCHEMA explain_join CASCADE;
