-- Cron lines: what is allowed, where an error is, and the next time that matches.
SET TimeZone = 'UTC';
\set VERBOSITY default
CREATE FUNCTION pg_temp.next_runs(line text, start timestamptz, n int, OUT run timestamptz) RETURNS SETOF timestamptz
	LANGUAGE plpgsql AS $$
BEGIN
	run := start;
	FOR i IN 1..n LOOP
		run := ivm._next_run(line, run);
		RETURN NEXT;
	END LOOP;
END $$;

-- fields, lists, ranges, steps, names
SELECT line, ivm._next_run(line, '2024-02-28 12:34:56.789')
FROM unnest(ARRAY['* * * * *', '*/5 * * * *', '34 12 * * *', '35 12 * * *', '0 0 * * *', '10-20/5 * * * *',
	'5,15,59 3,4 * * *', '0 9-17/4 * * mon-fri', '0 0 29 2 *', '0 0 31 * *', '0 0 * jan,JUL *', '0 0 * * Sun', '0 0 * * 7',
	'0 0 * * 5-7', '0 0 * oct-dec sat', '  30	6 1 */3 *  ', '59 23 31 12 *', '@hourly', '@daily', '@midnight', '@weekly', '@Monthly',
	'@yearly', '@annually']) WITH ORDINALITY u(line, n) ORDER BY n;

-- both days restricted: either; one of them: that one
SELECT run, extract(dow FROM run) AS dow FROM pg_temp.next_runs('0 0 13 * fri', '2024-09-01', 6);
SELECT run, extract(dow FROM run) AS dow FROM pg_temp.next_runs('0 0 13 * *', '2024-09-01', 3);
SELECT run, extract(dow FROM run) AS dow FROM pg_temp.next_runs('0 0 */2 * fri', '2024-09-01', 3);
-- a century without a leap year
SELECT ivm._next_run('0 0 29 2 *', '2096-03-01');
SELECT ivm._next_run('30 4 29 feb *', '1899-12-31');
-- a time that matches is not its own next
SELECT ivm._next_run('0 0 1 1 *', '2024-01-01'), ivm._next_run('0 0 1 1 *', '2023-12-31 23:59:59.999999');

-- some months of a line, against every minute of them
SELECT count(*), count(*) FILTER (WHERE run <> expected)
FROM (SELECT row_number() OVER () AS n, run FROM pg_temp.next_runs('7-50/13 */5 1,15,31 mar-nov wed', '2023-12-31 23:59', 200)) r
	 FULL JOIN (SELECT row_number() OVER (ORDER BY m) AS n, m AS expected
				FROM generate_series('2024-01-01'::timestamptz, '2024-10-31', '1 minute') m
				WHERE extract(minute FROM m) IN (7, 20, 33, 46) AND extract(hour FROM m)::int % 5 = 0
				AND extract(month FROM m) BETWEEN 3 AND 11
				AND (extract(day FROM m) IN (1, 15, 31) OR extract(dow FROM m) = 3) ORDER BY m LIMIT 200) e USING (n);

-- clocks put forward: what is left out runs once, right after
SET TimeZone = 'Europe/Berlin';
SELECT * FROM pg_temp.next_runs('30 2 * * *', '2024-03-30 00:00', 4);
SELECT * FROM pg_temp.next_runs('*/20 1-3 * * *', '2024-03-31 01:00', 6);
SELECT * FROM pg_temp.next_runs('0 3 * * *', '2024-03-30 04:00', 2);
-- every hour goes on by the time that passes
SELECT * FROM pg_temp.next_runs('*/30 * * * *', '2024-03-31 01:00', 4);
-- clocks put back: what comes twice runs the first time
SELECT * FROM pg_temp.next_runs('30 2 * * *', '2024-10-26 03:00', 3);
SELECT * FROM pg_temp.next_runs('*/30 2-3 * * *', '2024-10-27 01:00', 5);
SELECT ivm._next_run('30 2 * * *', '2024-10-27 02:10+01');
-- every hour: both
SELECT * FROM pg_temp.next_runs('0 * * * *', '2024-10-27 01:00', 4);
-- no midnight on that day; half an hour; a whole day left out
SET TimeZone = 'America/Asuncion';
SELECT * FROM pg_temp.next_runs('0 0 * * *', '2023-09-30 00:00', 3);
SET TimeZone = 'Australia/Lord_Howe';
SELECT * FROM pg_temp.next_runs('15 2 * * *', '2024-10-05 00:00', 3);
SELECT * FROM pg_temp.next_runs('45 1 * * *', '2024-04-06 00:00', 3);
SELECT * FROM pg_temp.next_runs('*/15 * * * *', '2024-04-07 01:15', 6);
SET TimeZone = 'Pacific/Apia';
SELECT * FROM pg_temp.next_runs('0 12 * * *', '2011-12-28 13:00', 3);
SET TimeZone = 'UTC';

-- errors: which field, where, what is allowed
SELECT ivm._next_run('60 * * * *', '2024-01-01');
SELECT ivm._next_run('* 24 * * *', '2024-01-01');
SELECT ivm._next_run('* * 0 * *', '2024-01-01');
SELECT ivm._next_run('* * * 13 *', '2024-01-01');
SELECT ivm._next_run('* * * * 8', '2024-01-01');
SELECT ivm._next_run('* * * janu *', '2024-01-01');
SELECT ivm._next_run('* * * * monday', '2024-01-01');
SELECT ivm._next_run('mon * * * *', '2024-01-01');
SELECT ivm._next_run('5/10 * * * *', '2024-01-01');
SELECT ivm._next_run('*/0 * * * *', '2024-01-01');
SELECT ivm._next_run('*/x * * * *', '2024-01-01');
SELECT ivm._next_run('1,,2 * * * *', '2024-01-01');
SELECT ivm._next_run('1, * * * *', '2024-01-01');
SELECT ivm._next_run('1- * * * *', '2024-01-01');
SELECT ivm._next_run('20-10 * * * *', '2024-01-01');
SELECT ivm._next_run('* * * * fri-mon', '2024-01-01');
SELECT ivm._next_run('99999 * * * *', '2024-01-01');
SELECT ivm._next_run('*5 * * * *', '2024-01-01');
SELECT ivm._next_run('-1 * * * *', '2024-01-01');
SELECT ivm._next_run('* * * *', '2024-01-01');
SELECT ivm._next_run('* * * * * *', '2024-01-01');
SELECT ivm._next_run('', '2024-01-01');
SELECT ivm._next_run('0 0 30 2 *', '2024-01-01');
SELECT ivm._next_run('0 0 31 apr,jun,sep,nov *', '2024-01-01');
SELECT ivm._next_run('@reboot', '2024-01-01');
SELECT ivm._next_run('* * * * *', 'infinity');
-- 29 February, and a Sunday: every 28 years, and 40 around 2100
SELECT ivm._next_run('0 0 29 2 */7', '2032-03-01'), ivm._next_run('0 0 29 2 */7', '2088-03-01'), ivm._next_run('0 * 29 2 */7', '2088-03-01') > '2100-01-01' AS found;
