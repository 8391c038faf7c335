-- Whoever gives up waiting for another transaction's change is told of which view.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA error_lock_timeout;
SET search_path = error_lock_timeout, ivm_test, public;
CREATE TABLE orders (id int PRIMARY KEY, customer int, x int);
CREATE TABLE customers (id int PRIMARY KEY, country text);
INSERT INTO customers VALUES (1, 'DE'), (2, 'FR'), (3, 'DE');
INSERT INTO orders SELECT i, 1 + i % 2, i FROM generate_series(1, 10) i;
SELECT make_view('linear', 'SELECT country, sum(x) AS s FROM orders o JOIN customers c ON c.id = o.customer GROUP BY country');
SET lock_timeout = '50ms';
-- a lock between two tables
BEGIN;
INSERT INTO orders VALUES (11, 1, 1);
PREPARE TRANSACTION 'ivm_error_lock_timeout';
BEGIN;
UPDATE customers SET country = 'IT' WHERE id = 1;
COMMIT;
ROLLBACK PREPARED 'ivm_error_lock_timeout';
DROP VIEW linear;
-- a value of a region
TRUNCATE ivm_test.definition;
SELECT make_view('outer_joined', 'SELECT c.id, count(o.id) AS n FROM customers c LEFT JOIN orders o ON o.customer = c.id GROUP BY c.id');
BEGIN;
DELETE FROM orders WHERE id = 1;
PREPARE TRANSACTION 'ivm_error_lock_timeout';
BEGIN;
DELETE FROM orders WHERE id = 3;
COMMIT;
ROLLBACK PREPARED 'ivm_error_lock_timeout';
-- all of a view, by its part
DROP VIEW outer_joined;
TRUNCATE ivm_test.definition;
SELECT make_view('parted', 'SELECT customer, sum(x) * (SELECT sum(c.id * o.x) FROM customers c JOIN orders o ON o.customer = c.id) AS s FROM orders GROUP BY customer');
BEGIN;
INSERT INTO orders VALUES (11, 1, 1);
PREPARE TRANSACTION 'ivm_error_lock_timeout';
UPDATE customers SET id = 4 WHERE id = 1;
ROLLBACK PREPARED 'ivm_error_lock_timeout';
DROP VIEW parted;
TRUNCATE ivm_test.definition;
-- a table that the view reads, and its storage, locked by name: the first time, while
-- the backend derives the view's plan; then with one that it has
SELECT make_view('locked', 'SELECT country, sum(x) AS s FROM orders o JOIN customers c ON c.id = o.customer GROUP BY country');
BEGIN;
LOCK TABLE customers;
PREPARE TRANSACTION 'ivm_error_lock_timeout';
INSERT INTO orders VALUES (12, 2, 1);
ROLLBACK PREPARED 'ivm_error_lock_timeout';
INSERT INTO orders VALUES (12, 2, 1);
BEGIN;
LOCK TABLE customers;
PREPARE TRANSACTION 'ivm_error_lock_timeout';
INSERT INTO orders VALUES (13, 2, 1);
ROLLBACK PREPARED 'ivm_error_lock_timeout';
SELECT make_view('stored', 'SELECT customer, sum(x) AS s FROM orders GROUP BY customer');
INSERT INTO orders VALUES (13, 2, 1);
SELECT delta AS stored_delta, state AS stored_state FROM ivm.view WHERE view = 'stored'::regclass \gset
BEGIN;
LOCK TABLE :stored_state, :stored_delta;
PREPARE TRANSACTION 'ivm_error_lock_timeout';
INSERT INTO orders VALUES (14, 2, 1);
ROLLBACK PREPARED 'ivm_error_lock_timeout';
RESET lock_timeout;
INSERT INTO orders VALUES (14, 2, 1);
SELECT * FROM check_views();
DROP SCHEMA error_lock_timeout CASCADE;
