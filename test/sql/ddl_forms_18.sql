-- Forms of ALTER TABLE that servers before 18 do not know; see ddl_forms.sql.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir /sql/include/ddl_forms.sql
\i :include

\set newer '''PostgreSQL 18'''
\set virtual 'ALTER TABLE events ADD COLUMN twice int GENERATED ALWAYS AS (visitors * 2) VIRTUAL\nSELECT ivm.create_view(''guests'', ''SELECT place, sum(twice) AS twice FROM events GROUP BY place'')'
CALL ddl_forms.try(:newer, 'ALTER TABLE sales ADD COLUMN more numeric GENERATED ALWAYS AS (amount * 2) VIRTUAL');
CALL ddl_forms.try(:newer, 'ALTER TABLE events ALTER twice SET EXPRESSION AS (visitors * 3)', 'CALL ivm.refresh_all()', :'virtual');
CALL ddl_forms.try(:newer, 'ALTER TABLE events ALTER twice DROP EXPRESSION', NULL, :'virtual');
CALL ddl_forms.try(:newer, 'ALTER TABLE events DROP COLUMN twice', NULL, :'virtual');
CALL ddl_forms.try(:newer, E'ALTER TABLE sales ADD CONSTRAINT has_region NOT NULL region NOT VALID\nALTER TABLE sales VALIDATE CONSTRAINT has_region');
CALL ddl_forms.try(:newer, E'ALTER TABLE sales ADD CONSTRAINT has_region NOT NULL region\nALTER TABLE sales ALTER CONSTRAINT has_region NO INHERIT\nALTER TABLE sales ALTER CONSTRAINT has_region INHERIT');
CALL ddl_forms.try(:newer, 'ALTER TABLE sales ADD CONSTRAINT many CHECK (spare > 100) NOT ENFORCED');
CALL ddl_forms.try(:newer, E'ALTER TABLE sales ADD CONSTRAINT of_region FOREIGN KEY (region) REFERENCES regions NOT ENFORCED\nALTER TABLE sales ALTER CONSTRAINT of_region ENFORCED\nALTER TABLE sales ALTER CONSTRAINT of_region NOT ENFORCED');
CALL ddl_forms.try(:newer, 'ALTER TABLE sales ADD UNIQUE (id, amount) INCLUDE (note)');

\pset format unaligned
\pset tuples_only on
\echo '<!-- begin -->'
SELECT ddl_forms.page();
\echo '<!-- end -->'
DROP SCHEMA shop, moved, ddl_forms CASCADE;
DROP ROLE regress_ivm_shop, regress_ivm_other;
