-- Customers with their orders: totals of those who have none, too.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA outer_join_aggregates;
SET search_path = outer_join_aggregates, ivm_test, public;
CREATE TABLE customers (id int PRIMARY KEY, name text, country text);
CREATE TABLE orders (id int PRIMARY KEY, customer int, at date, amount numeric);
SELECT make_view('totals', 'SELECT c.id, c.name, count(o.id) AS orders, sum(o.amount) AS amount, max(o.at) AS last FROM customers c LEFT JOIN orders o ON o.customer = c.id GROUP BY c.id');
SELECT make_view('by_country', 'SELECT country, count(DISTINCT c.id) AS customers, count(o.id) AS orders, coalesce(sum(amount), 0) AS amount FROM customers c LEFT JOIN orders o ON o.customer = c.id GROUP BY country');
SELECT make_view('idle', 'SELECT c.name FROM customers c LEFT JOIN orders o ON o.customer = c.id GROUP BY c.id, c.name HAVING count(o.id) = 0');
SELECT make_view('lists', $$SELECT c.name, string_agg(o.id::text, ',' ORDER BY o.id) AS l, array_agg(o.at ORDER BY o.id) AS d FROM customers c LEFT JOIN orders o ON o.customer = c.id AND o.amount > 5 GROUP BY c.name$$);
SELECT make_view('all_days', 'SELECT o.at, count(*) AS n, count(c.id) AS known, min(c.name) AS first FROM customers c FULL JOIN orders o ON o.customer = c.id GROUP BY o.at');
SELECT make_view('overall', 'SELECT count(*) AS n, sum(amount) AS s, avg(amount) AS m FROM customers c LEFT JOIN orders o ON o.customer = c.id');
INSERT INTO customers SELECT i, 'c' || i, substr('ABC', i % 3 + 1, 1) FROM generate_series(1, 7) i;
SELECT * FROM check_views();
INSERT INTO orders SELECT i, i % 5 + 1, date '2026-01-01' + i % 4, i * 1.25 FROM generate_series(1, 20) i;
SELECT * FROM totals ORDER BY id;
SELECT * FROM check_views();
DELETE FROM orders WHERE customer = 2;
SELECT * FROM idle ORDER BY name;
SELECT * FROM check_views();
BEGIN;
INSERT INTO orders VALUES (30, 6, '2026-02-01', 100), (31, 77, '2026-02-01', 1);
INSERT INTO customers VALUES (77, 'late', 'A');
SELECT * FROM totals WHERE id > 5 ORDER BY id;
SELECT * FROM check_views();
UPDATE customers SET country = 'D', name = name || '!' WHERE id IN (2, 6);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
DELETE FROM customers WHERE id = 1;
UPDATE orders SET customer = NULL WHERE customer = 3;
SELECT * FROM check_views();
SELECT fold_views();
TRUNCATE orders;
SELECT * FROM check_views();
TRUNCATE customers;
INSERT INTO orders VALUES (1, 1, '2026-03-01', 1);
SELECT * FROM check_views();
DROP SCHEMA outer_join_aggregates CASCADE;
