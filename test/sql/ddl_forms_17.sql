-- Forms of ALTER TABLE that servers before 17 do not know; see ddl_forms.sql.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir /sql/include/ddl_forms.sql
\i :include

\set newer '''PostgreSQL 16 and 17'''
CALL ddl_forms.try(:newer, 'ALTER TABLE sales ALTER region SET STORAGE DEFAULT');
CALL ddl_forms.try(:newer, 'ALTER TABLE sales ALTER tax SET EXPRESSION AS (amount * 0.07)', 'CALL ivm.refresh_all()');
CALL ddl_forms.try(:newer, 'ALTER TABLE sales ADD COLUMN net numeric GENERATED ALWAYS AS (amount * 2) STORED');
CALL ddl_forms.try(:newer, 'ALTER TABLE sales SET ACCESS METHOD DEFAULT');
CALL ddl_forms.try(:newer, E'ALTER TABLE events SET ACCESS METHOD heap\nCREATE TABLE events_2029 PARTITION OF events FOR VALUES FROM (''2029-01-01'') TO (''2030-01-01'')');
CALL ddl_forms.try(:newer, E'ALTER TABLE events ADD COLUMN id int GENERATED ALWAYS AS IDENTITY');
CALL ddl_forms.try(:newer, E'GRANT MAINTAIN ON totals TO regress_ivm_other\nREVOKE MAINTAIN ON totals FROM regress_ivm_other');

\pset format unaligned
\pset tuples_only on
\echo '<!-- begin -->'
SELECT ddl_forms.page();
\echo '<!-- end -->'
DROP SCHEMA shop, moved, ddl_forms CASCADE;
DROP ROLE regress_ivm_shop, regress_ivm_other;
