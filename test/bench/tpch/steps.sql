-- steps.sql - changes of the TPC-H data: refresh functions and touches
--
-- tpch.rf1() and tpch.rf2() are the refresh functions of section 2.5 of the
-- specification.  The touches, tpch.touch_*(round), change some rows of each
-- table so that rows enter, leave and move between the results of the queries;
-- how many does not depend on the scale, except for touch_many.  Which rows
-- depends on the round.

-- New orders with their lines; as many as SF * 1500 unless told otherwise
CREATE PROCEDURE tpch.rf1(n bigint DEFAULT NULL)
	LANGUAGE plpgsql AS $$
DECLARE
	first	bigint;
	last	bigint;
BEGIN
	UPDATE tpch.scale
		SET refreshed = refreshed + coalesce(n, greatest(1, round(sf * 1500))::bigint)
		RETURNING refreshed INTO last;
	first := last - coalesce(n, (SELECT greatest(1, round(sf * 1500))::bigint FROM tpch.scale)) + 1;
	INSERT INTO orders SELECT * FROM tpch.orders(first, last, true);
	INSERT INTO lineitem SELECT * FROM tpch.lines(first, last, true);
END $$;

-- Deletes as many of the oldest orders that were there at the beginning.
CREATE PROCEDURE tpch.rf2(n bigint DEFAULT NULL)
	LANGUAGE plpgsql AS $$
DECLARE
	old	bigint[] := ARRAY(
		SELECT o_orderkey FROM orders WHERE (o_orderkey - 1) % 32 < 8 ORDER BY o_orderkey
		LIMIT coalesce(n, (SELECT greatest(1, round(sf * 1500))::bigint FROM tpch.scale)));
BEGIN
	DELETE FROM lineitem WHERE l_orderkey = ANY (old);
	DELETE FROM orders WHERE o_orderkey = ANY (old);
END $$;

-- n keys of a table's rows, others in each round, spread over the table
CREATE FUNCTION tpch.some(tab regclass, key name, n integer, round integer) RETURNS SETOF bigint
	LANGUAGE plpgsql ROWS 5 AS $$
BEGIN
	RETURN QUERY EXECUTE format(
		'SELECT DISTINCT s.k FROM (SELECT min(%1$I) AS low, max(%1$I) AS high FROM %2$s) e,
			generate_series(1, $1) i,
			LATERAL (SELECT %1$I::bigint AS k FROM %2$s
				WHERE %1$I >= e.low + tpch.pick(100 + $2, i, (e.high - e.low + 1)::integer)
				ORDER BY %1$I LIMIT 1) s', key, tab) USING n, round;
END $$;

-- ---------------------------------------------------------------------------
-- Touches, one or two per table
-- ---------------------------------------------------------------------------

-- Regions exchange their names: 0 EUROPE and ASIA, 1 AMERICA and AFRICA, and so on
CREATE PROCEDURE tpch.touch_region(round integer)
	LANGUAGE sql AS $$
	UPDATE region a SET r_name = b.r_name
	FROM region b
	WHERE (a.r_regionkey, b.r_regionkey) IN (
		SELECT p[i], p[3 - i]
		FROM (SELECT CASE round % 4 WHEN 0 THEN '{2,3}' WHEN 1 THEN '{0,1}'
				WHEN 2 THEN '{3,4}' ELSE '{1,2}' END::integer[]) s (p),
			generate_series(1, 2) i);
$$;

-- Two nations change their region; one is named by queries.
CREATE PROCEDURE tpch.touch_nation(round integer)
	LANGUAGE sql AS $$
	UPDATE nation SET n_regionkey = (n_regionkey + 1) % 5
	WHERE n_nationkey IN (('{7,2,8,6,18}'::integer[])[1 + round % 5], (round * 7 + 5) % 25);
	-- and two their names
	UPDATE nation a SET n_name = b.n_name
	FROM nation b
	WHERE (a.n_nationkey, b.n_nationkey) IN (
		((round * 3) % 25, (round * 3 + 7) % 25), ((round * 3 + 7) % 25, (round * 3) % 25));
$$;

-- Suppliers move to another nation, or are complained about.
CREATE PROCEDURE tpch.touch_supplier(round integer)
	LANGUAGE sql AS $$
	UPDATE supplier SET s_nationkey = (s_nationkey + 1 + s_suppkey % 3) % 25
	WHERE s_suppkey = ANY (ARRAY(SELECT tpch.some('supplier', 's_suppkey', 2, round)));
	UPDATE supplier SET s_acctbal = s_acctbal + 1.01,
		s_comment = CASE WHEN s_comment LIKE '%Complaints%' THEN 'praise'
			ELSE 'Customer foxes wake; Complaints' END
	WHERE s_suppkey = ANY (ARRAY(SELECT tpch.some('supplier', 's_suppkey', 1, round + 1)));
$$;

-- Parts change in price, type, size, colour, brand and container.
CREATE PROCEDURE tpch.touch_part(round integer)
	LANGUAGE sql AS $$
	UPDATE part SET p_retailprice = p_retailprice * 1.01,
		p_type = CASE p_partkey % 3 WHEN 0 THEN 'ECONOMY ANODIZED STEEL'
			WHEN 1 THEN 'PROMO PLATED BRASS' ELSE 'MEDIUM POLISHED TIN' END,
		p_size = CASE p_size WHEN 15 THEN 14 ELSE 15 END,
		p_name = CASE p_partkey % 2 WHEN 0 THEN 'forest green' ELSE 'green forest' END
	WHERE p_partkey = ANY (ARRAY(SELECT tpch.some('part', 'p_partkey', 3, round)));
	UPDATE part SET p_size = 1 + p_size % 10,
		p_brand = CASE p_brand WHEN 'Brand#23' THEN 'Brand#12' ELSE 'Brand#23' END,
		p_container = CASE p_container WHEN 'MED BOX' THEN 'SM CASE' ELSE 'MED BOX' END
	WHERE p_partkey = ANY (ARRAY(SELECT tpch.some('part', 'p_partkey', 2, round + 1) UNION SELECT 1 + round % 24));
$$;

-- Costs and stocks change; some become the least cost, some lose that.
CREATE PROCEDURE tpch.touch_partsupp(round integer)
	LANGUAGE sql AS $$
	UPDATE partsupp SET ps_supplycost = 1001.00 - ps_supplycost
	WHERE ps_partkey = ANY (ARRAY(SELECT tpch.some('partsupp', 'ps_partkey', 4, round) UNION SELECT 1 + round % 24));
	UPDATE partsupp SET ps_availqty = CASE WHEN ps_availqty < 100 THEN 9000 ELSE 5 END
	WHERE ps_partkey = ANY (ARRAY(SELECT tpch.some('partsupp', 'ps_partkey', 2, round + 1) UNION SELECT 4 * (1 + round % 6)));
$$;

-- Customers change segment, balance, nation and telephone number.
CREATE PROCEDURE tpch.touch_customer(round integer)
	LANGUAGE sql AS $$
	UPDATE customer
		SET c_mktsegment = CASE c_mktsegment WHEN 'BUILDING' THEN 'MACHINERY' ELSE 'BUILDING' END
	WHERE c_custkey = ANY (ARRAY(SELECT tpch.some('customer', 'c_custkey', 5, round)));
	UPDATE customer SET c_acctbal = -c_acctbal, c_nationkey = (c_nationkey + 3) % 25,
		c_phone = ((c_nationkey + 3) % 25 + 10) || substr(c_phone, 3)
	WHERE c_custkey = ANY (ARRAY(SELECT tpch.some('customer', 'c_custkey', 4, round + 1)));
$$;

-- Orders change status, priority and comment, date, and customer.
CREATE PROCEDURE tpch.touch_orders(round integer)
	LANGUAGE sql AS $$
	UPDATE orders SET o_orderstatus = CASE o_orderstatus WHEN 'F' THEN 'P' ELSE 'F' END,
		o_orderpriority = CASE o_orderpriority WHEN '1-URGENT' THEN '5-LOW' ELSE '1-URGENT' END,
		o_comment = CASE WHEN o_comment LIKE '%special%' THEN 'nothing'
			ELSE 'special foxes detect requests' END
	WHERE o_orderkey = ANY (ARRAY(SELECT tpch.some('orders', 'o_orderkey', 8, round)));
	UPDATE orders SET o_orderdate = date '1992-01-01' + (o_orderdate - date '1992-01-01' + 400) % 2406
	WHERE o_orderkey = ANY (ARRAY(SELECT tpch.some('orders', 'o_orderkey', 6, round + 1)));
	UPDATE orders SET o_totalprice = o_totalprice + 1,
		o_custkey = (SELECT coalesce(min(c_custkey), 1) FROM customer WHERE c_custkey > o_custkey)
	WHERE o_orderkey = ANY (ARRAY(SELECT tpch.some('orders', 'o_orderkey', 3, round + 2)));
$$;

-- Lines change quantity and dates, and move to other suppliers and orders.
CREATE PROCEDURE tpch.touch_lineitem(round integer)
	LANGUAGE sql AS $$
	UPDATE lineitem SET l_quantity = 51 - l_quantity,
		l_extendedprice = (51 - l_quantity) * l_extendedprice / l_quantity
	WHERE l_orderkey = ANY (ARRAY(SELECT tpch.some('lineitem', 'l_orderkey', 5, round)));
	UPDATE lineitem SET l_shipdate = l_shipdate + 200, l_receiptdate = l_receiptdate + 180,
		l_commitdate = l_commitdate + 190,
		l_returnflag = CASE l_returnflag WHEN 'R' THEN 'N' ELSE 'R' END
	WHERE l_orderkey = ANY (ARRAY(SELECT tpch.some('lineitem', 'l_orderkey', 4, round + 1)));
	UPDATE lineitem SET l_suppkey = (SELECT ps_suppkey FROM partsupp
			WHERE ps_partkey = l_partkey AND ps_suppkey <> l_suppkey ORDER BY ps_suppkey LIMIT 1)
	WHERE l_orderkey = ANY (ARRAY(SELECT tpch.some('lineitem', 'l_orderkey', 3, round + 2)));
	-- to another order, behind its lines
	UPDATE lineitem SET l_orderkey = (SELECT max(o_orderkey) FROM orders),
		l_linenumber = l_linenumber + (SELECT coalesce(max(l_linenumber), 0) FROM lineitem
			WHERE l_orderkey = (SELECT max(o_orderkey) FROM orders))
	WHERE l_orderkey = ANY (ARRAY(SELECT tpch.some('lineitem', 'l_orderkey', 1, round + 3)));
	MERGE INTO lineitem l
	USING (SELECT tpch.some('lineitem', 'l_orderkey', 3, round + 4) AS k) s ON l.l_orderkey = s.k
	WHEN MATCHED AND l.l_linenumber % 2 = 1 THEN DELETE
	WHEN MATCHED THEN UPDATE SET l_discount = 0.11 - l_discount, l_shipmode = 'SHIP', l_tax = 0.01;
$$;

-- ---------------------------------------------------------------------------
-- Touches of several tables
-- ---------------------------------------------------------------------------

-- New parts, suppliers and customers, and some that go again; both sides of
-- joins come into being in one transaction.  No two rounds make the same prices,
-- so that ORDER BY leaves no choice to LIMIT.
CREATE PROCEDURE tpch.touch_new(round integer)
	LANGUAGE plpgsql AS $$
DECLARE
	new_supp	integer := (SELECT max(s_suppkey) FROM supplier) + 1;
	new_part	integer := (SELECT max(p_partkey) FROM part) + 1;
	new_cust	integer := (SELECT max(c_custkey) FROM customer) + 1;
	new_ord		bigint := (SELECT max(o_orderkey) FROM orders) + 1;
BEGIN
	INSERT INTO supplier SELECT new_supp, 'Supplier#' || new_supp, s_address, s_nationkey, s_phone, 1, s_comment
		FROM supplier WHERE s_suppkey = 1 + round % 12;
	INSERT INTO part SELECT new_part, p_name, p_mfgr, p_brand, p_type, p_size, p_container, p_retailprice, p_comment
		FROM part WHERE p_partkey = 1 + round % 24;
	INSERT INTO partsupp SELECT new_part, ps_suppkey, ps_availqty, ps_supplycost + new_part % 89 * 0.01, ps_comment
		FROM partsupp WHERE ps_partkey = 1 + round % 24;
	INSERT INTO partsupp VALUES (new_part, new_supp, 1000, 1.00, '');
	INSERT INTO customer SELECT new_cust + i, 'Customer#' || new_cust + i, c_address, c_nationkey, c_phone,
			9000 + i, c_mktsegment, c_comment
		FROM customer, generate_series(0, 1) i
		WHERE c_custkey = (SELECT min(c_custkey) FROM customer WHERE c_phone LIKE '13%');
	INSERT INTO orders VALUES (new_ord, new_cust, 'F', 100000 + new_part, '1994-02-02', '1-URGENT', 'Clerk', 0, '');
	INSERT INTO lineitem SELECT new_ord, new_part, ps_suppkey, 1 + row_number() OVER (), 45, 60000, 0.06, 0.02,
			'R', 'F', '1994-03-03', '1994-03-04', '1994-03-05', 'DELIVER IN PERSON', 'AIR', ''
		FROM partsupp WHERE ps_partkey = new_part AND (ps_suppkey <> new_supp OR round % 2 = 0);
	-- those of the round before, one customer and what nobody needs
	DELETE FROM customer WHERE c_custkey = new_cust - 1 AND NOT EXISTS (
		SELECT * FROM orders WHERE o_custkey = c_custkey);
	DELETE FROM partsupp WHERE ps_partkey = new_part - 1 AND NOT EXISTS (
		SELECT * FROM lineitem WHERE (l_partkey, l_suppkey) = (ps_partkey, ps_suppkey));
END $$;

-- All tables in one transaction, parts of it rolled back or undone
CREATE PROCEDURE tpch.touch_all(round integer)
	LANGUAGE plpgsql AS $$
BEGIN
	CALL tpch.touch_region(round + 1);
	CALL tpch.touch_customer(round + 1);
	BEGIN
		CALL tpch.touch_lineitem(round + 11);
		CALL tpch.touch_nation(round + 2);
		DELETE FROM lineitem
		WHERE l_orderkey = ANY (ARRAY(SELECT tpch.some('lineitem', 'l_orderkey', 20, round)));
		RAISE EXCEPTION 'not this';
	EXCEPTION WHEN raise_exception THEN
		CALL tpch.touch_orders(round + 11);
	END;
	CALL tpch.touch_supplier(round + 11);
	CALL tpch.touch_part(round + 11);
	CALL tpch.touch_partsupp(round + 11);
	CALL tpch.rf1(5);
	CALL tpch.rf2(2);
	CALL tpch.touch_nation(round + 1);
	-- there and back
	UPDATE customer SET c_nationkey = 24 - c_nationkey
		WHERE c_custkey = ANY (ARRAY(SELECT tpch.some('customer', 'c_custkey', 20, round)));
	UPDATE customer SET c_nationkey = 24 - c_nationkey
		WHERE c_custkey = ANY (ARRAY(SELECT tpch.some('customer', 'c_custkey', 20, round)));
	-- one statement for both sides of a join
	WITH moved AS (
		UPDATE orders SET o_orderdate = o_orderdate + 1
		WHERE o_orderkey = ANY (ARRAY(SELECT tpch.some('orders', 'o_orderkey', 4, round + 12)))
		RETURNING o_orderkey)
	UPDATE lineitem SET l_shipdate = l_shipdate + 1, l_quantity = 50
	FROM moved WHERE l_orderkey = o_orderkey;
END $$;

-- A large part of the tables in single statements
CREATE PROCEDURE tpch.touch_many(round integer)
	LANGUAGE sql AS $$
	UPDATE lineitem SET l_discount = 0.10 - l_discount WHERE l_orderkey % 2 = round % 2;
	UPDATE customer SET c_acctbal = c_acctbal + 0.01;
	UPDATE orders SET o_orderstatus = 'F' WHERE o_orderdate < date '1993-01-01' + 100 * round;
$$;
