-- The rules of PostgreSQL's own functions go by their OIDs: each is that of the function which
-- the comment beside it names, and none that of a volatile one.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set file :srcdir /../src/definition/volatility_rules.c
\set source `cat :'file'`
CREATE SCHEMA settings_core_functions;
SET search_path = settings_core_functions, ivm_test, public;

CREATE TABLE rules AS
	SELECT m[1]::oid AS oid, m[2] AS name
	FROM regexp_matches(:'source', '\{(\d+), [^}]*\},\s*/\* (\w+)\(', 'g') m;
SELECT count(*) > 150 AS read FROM rules;
SELECT oid, name, proname, provolatile FROM rules JOIN pg_proc USING (oid)
WHERE proname <> name OR provolatile = 'v';

CREATE TABLE t (k int PRIMARY KEY, at timestamptz);
SELECT part, construct, note FROM ivm.explain_query('SELECT k, rm_name FROM t, pg_get_wal_resource_managers()');
DROP SCHEMA settings_core_functions CASCADE;
