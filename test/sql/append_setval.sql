-- A sequence that is set back, so that new rows of an append view's table have lower ids than rows taken in: those that come before the next
-- refresh are behind its watermark, and only a comparison finds them; those after it are taken in. Nothing is counted twice.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA append_setval;
SET search_path = append_setval, public;
\set helpers :srcdir /sql/include/append.sql
\i :helpers
CREATE TABLE e (id bigserial PRIMARY KEY, x int);
ALTER SEQUENCE e_id_seq RESTART 1000;
INSERT INTO e (x) SELECT i FROM generate_series(1, 10) i;
\set query 'SELECT x % 2 AS k, count(*) AS n, sum(x) AS s FROM e GROUP BY 1'
SELECT ivm.create_view('v', :'query', 'append', options => '{"watermark": "id"}');
SELECT * FROM refreshed('v');

-- set back, and rows at once: the refresh finds the sequence below where it was
SELECT setval('e_id_seq', 100);
INSERT INTO e (x) VALUES (100), (101);
SELECT * FROM refreshed('v');
SELECT * FROM differences('v', :'query');
-- from then on, the sequence tells where new rows can be
INSERT INTO e (x) VALUES (200);
SELECT method, rows_read FROM refreshed('v');
SELECT * FROM refreshed('v');
SELECT * FROM differences('v', :'query');
-- set back, and refreshed before rows come; begun anew; set forward
SELECT setval('e_id_seq', 10);
SELECT method, reason FROM refreshed('v');
INSERT INTO e (x) VALUES (400);
SELECT method, rows_read FROM refreshed('v');
ALTER SEQUENCE e_id_seq RESTART 5;
SELECT method, reason FROM refreshed('v');
INSERT INTO e (x) VALUES (401);
SELECT method, rows_read FROM refreshed('v', 'delta');
SELECT setval('e_id_seq', 100000);
INSERT INTO e (x) VALUES (402);
SELECT method, rows_read FROM refreshed('v', 'delta');
SELECT * FROM differences('v', :'query');
-- the highest rows go, which is no sign of it
DELETE FROM e WHERE id > 1000;
INSERT INTO e (x) VALUES (403);
SELECT method, rows_read FROM refreshed('v', 'delta');
SELECT method FROM refreshed('v', 'recompute');
-- set back, and past where it was before anybody looks: only a comparison finds what came
SELECT setval('e_id_seq', 2000);
INSERT INTO e (x) VALUES (500);
SELECT setval('e_id_seq', 200000);
INSERT INTO e (x) VALUES (501);
SELECT method, rows_read FROM refreshed('v');
SELECT * FROM differences('v', :'query');
SELECT count(*) FROM ivm.verify_view('v');
SELECT * FROM ivm.reconcile('v');
SELECT * FROM differences('v', :'query');
-- with an overlap, it is the user who says how far back to look
SELECT ivm.alter_view('v', '{"overlap": 1000000}');
SELECT method FROM refreshed('v');
SELECT setval('e_id_seq', 20);
INSERT INTO e (x) VALUES (600);
SELECT method, rows_read FROM refreshed('v');
SELECT * FROM differences('v', :'query');
SET client_min_messages = warning;
DROP SCHEMA append_setval CASCADE;
