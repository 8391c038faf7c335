-- Who owns a plain view that a definition reads decides what is read, with the rights of that owner, not of the view's.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA privileges_view_replaced;
SET search_path = privileges_view_replaced, ivm_test, public;
\set VERBOSITY terse
CREATE ROLE regress_ivm_analyst;
CREATE ROLE regress_ivm_hostile;
GRANT USAGE, CREATE ON SCHEMA privileges_view_replaced TO regress_ivm_analyst, regress_ivm_hostile;
SET ROLE regress_ivm_hostile;
CREATE TABLE sales (region int, amount int);
INSERT INTO sales VALUES (1, 10), (2, 20);
CREATE VIEW shown AS SELECT region, amount FROM sales;
GRANT SELECT ON shown TO regress_ivm_analyst;
GRANT TRIGGER ON sales TO regress_ivm_analyst;
SET ROLE regress_ivm_analyst;
CREATE TABLE secret (region int, amount int);
INSERT INTO secret VALUES (666, 4711);
SELECT ivm.create_view('totals', 'SELECT region, sum(amount) AS total FROM shown GROUP BY region');
GRANT SELECT ON totals TO regress_ivm_hostile;
SET ROLE regress_ivm_hostile;
SELECT * FROM totals ORDER BY 1;
CREATE OR REPLACE VIEW shown AS SELECT region, amount FROM secret;
SELECT * FROM totals;
INSERT INTO sales VALUES (1, 5);
SELECT * FROM totals;
RESET ROLE;
SELECT status, reason FROM ivm.views WHERE viewname = 'totals';
SELECT * FROM ivm.reconcile('totals');
SELECT count(*) FROM totals;
SET ROLE regress_ivm_hostile;
CREATE OR REPLACE VIEW shown AS SELECT region, amount FROM sales;
RESET ROLE;
SELECT FROM ivm.reconcile('totals');
SELECT * FROM totals ORDER BY 1;
SELECT count(*) FROM ivm.verify_view('totals');
SET client_min_messages = warning;
DROP SCHEMA privileges_view_replaced CASCADE;
DROP ROLE regress_ivm_analyst, regress_ivm_hostile;
