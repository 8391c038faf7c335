-- Creating needs SELECT and TRIGGER on the table and CREATE in the schema; reading
-- needs SELECT on the view; changing and dropping the view is the owner's.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA error_privileges;
SET search_path = error_privileges, ivm_test, public;
CREATE ROLE regress_ivm_a;
CREATE ROLE regress_ivm_b;
CREATE TABLE t (id int PRIMARY KEY, g int, secret int);
GRANT USAGE ON SCHEMA error_privileges TO regress_ivm_a, regress_ivm_b;
SET ROLE regress_ivm_a;
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t GROUP BY g');
RESET ROLE;
GRANT CREATE ON SCHEMA error_privileges TO regress_ivm_a;
SET ROLE regress_ivm_a;
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t GROUP BY g');
RESET ROLE;
GRANT SELECT (id, g) ON t TO regress_ivm_a;
SET ROLE regress_ivm_a;
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t GROUP BY g');
RESET ROLE;
GRANT TRIGGER ON t TO regress_ivm_a;
REVOKE CREATE ON SCHEMA error_privileges FROM regress_ivm_a;
SET ROLE regress_ivm_a;
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t GROUP BY g');
RESET ROLE;
GRANT CREATE ON SCHEMA error_privileges TO regress_ivm_a;
SET ROLE regress_ivm_a;
SELECT ivm.create_view('w', 'SELECT g, sum(secret) FROM t GROUP BY g');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t GROUP BY g');
RESET ROLE;
INSERT INTO t VALUES (1, 1, 100), (2, 1, 200);
SET ROLE regress_ivm_b;
SELECT * FROM v;
SELECT ivm.drop_view('v');
SELECT ivm.fold('v');
SELECT ivm.create_view('v', 'SELECT g FROM t', options => '{"replace": true}');
DROP VIEW v;
RESET ROLE;
GRANT SELECT ON v TO regress_ivm_b;
SET ROLE regress_ivm_b;
SELECT * FROM v;
SELECT * FROM t;
RESET ROLE;
-- taken back from the owner: the view shows nothing that its owner must not see
REVOKE SELECT (id, g) ON t FROM regress_ivm_a;
INSERT INTO t VALUES (3, 2, 300);
SET ROLE regress_ivm_a;
SELECT ivm.drop_view('v');
RESET ROLE;
-- row security
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON t TO regress_ivm_a;
SET ROLE regress_ivm_a;
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t GROUP BY g');
RESET ROLE;
DROP OWNED BY regress_ivm_a, regress_ivm_b;
DROP ROLE regress_ivm_a, regress_ivm_b;
DROP SCHEMA error_privileges CASCADE;
