-- Q11 important stock identification; NATION = GERMANY, FRACTION = 0.0001 / SF
-- (0.00003 / SF at scales below 0.1, where the data has more German suppliers)
--
-- Who runs the query puts tpch.scale.fraction in for :fraction.
SELECT ps_partkey, sum(ps_supplycost * ps_availqty) AS value
FROM partsupp, supplier, nation
WHERE ps_suppkey = s_suppkey
	AND s_nationkey = n_nationkey
	AND n_name = 'GERMANY'
GROUP BY ps_partkey
HAVING sum(ps_supplycost * ps_availqty) > (
	SELECT sum(ps_supplycost * ps_availqty) * :fraction
	FROM partsupp, supplier, nation
	WHERE ps_suppkey = s_suppkey
		AND s_nationkey = n_nationkey
		AND n_name = 'GERMANY')
ORDER BY value DESC
