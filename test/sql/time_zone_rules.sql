-- Windows of time under time zones that are POSIX rules, whose offsets from UTC may be days; also one that
-- looks like a name.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA time_zone_rules;
SET search_path = time_zone_rules, ivm_test, public;
CREATE TABLE t (l timestamp, x int);
CREATE INDEX ON t (l);
INSERT INTO t SELECT (now() AT TIME ZONE 'UTC') + i * interval '1 hour' + interval '7 min', 1 FROM generate_series(-1000, 1000) i;
CREATE PROCEDURE make(name text, zone text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('TimeZone', zone, false);
	PERFORM ivm.create_view(name, 'SELECT x, count(*) FROM t WHERE l > now() - interval ''60 hours'' AND l <= now() + interval ''33 hours'' GROUP BY x');
END $$;
CALL make('behind', 'A/B100');
CALL make('ahead', '<A/B>-100');
CALL make('rule', '<X>-167:30<Y>,M1.1.0/2,M12.5.0/2');
CALL make('rule_with_slash', 'EST5EDT,M3.2.0/2,M11.1.0/2');
RESET TimeZone;
SELECT v, (SELECT count(*) FROM ivm.verify_view(v::regclass)) AS differences FROM unnest(ARRAY['behind', 'ahead', 'rule', 'rule_with_slash']) v;
SELECT * FROM behind;
-- changes in buckets, and keys computed anew
UPDATE t SET x = 2 WHERE l > (now() AT TIME ZONE 'UTC') + interval '90 hours';
SELECT v, (SELECT count(*) FROM ivm.verify_view(v::regclass)) AS differences FROM unnest(ARRAY['behind', 'ahead', 'rule', 'rule_with_slash']) v;
DROP SCHEMA time_zone_rules CASCADE;
