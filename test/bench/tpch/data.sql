-- data.sql - a generated TPC-H data set
--
--   psql -v sf=0.01 -f schema.sql -f data.sql -f keys.sql -f steps.sql
--
-- Any scale factor from 0.0005 on, fractions too.  Written from section 4.2 of
-- the specification: numbers of rows, sparse order keys, domains, distributions
-- and the rules between columns are those given there.  Every value is made
-- from a hash of the row's key and the number of the column, so that the data is
-- the same on each run, and a row can be made without the others.
--
-- Differences to the specification, which do not matter to the queries:
--   texts are shorter and made of fewer words;
--   the first 24 parts and 12 suppliers have values that the queries look for,
--   so that all find something at a scale of some hundred parts as well;
--   at least one supplier in 2000 had complaints.

CREATE SCHEMA tpch;

-- How many rows there are to be; the parameter of Q11, smaller at a small scale
-- since there are more German suppliers than one in 25; how many orders rf1 has
-- added.
CREATE TABLE tpch.scale AS
	SELECT sf, greatest(12, round(sf * 10000))::integer AS suppliers,
		greatest(40, round(sf * 200000))::integer AS parts,
		greatest(30, round(sf * 150000))::integer AS customers,
		greatest(100, round(sf * 1500000))::bigint AS orders,
		greatest(2, round(sf * 1000))::integer AS clerks,
		trim_scale(CASE WHEN sf < 0.1 THEN 0.00003 ELSE 0.0001 END / sf) AS fraction,
		0::bigint AS refreshed
	FROM (VALUES (:sf::numeric)) v (sf);
ANALYZE tpch.scale;

-- ---------------------------------------------------------------------------
-- Values from hashes
-- ---------------------------------------------------------------------------

-- One of 0 .. n - 1, for column col of the row with this key
CREATE FUNCTION tpch.pick(col integer, key bigint, n integer) RETURNS integer
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN ((hashint8extended(key, col) & 9223372036854775807) % n)::integer;

CREATE FUNCTION tpch.one_of(col integer, key bigint, words text[]) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN words[1 + tpch.pick(col, key, cardinality(words))];

-- An amount of money with two decimals, from low to high
CREATE FUNCTION tpch.money(col integer, key bigint, low numeric, high numeric) RETURNS numeric
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN low + tpch.pick(col, key, ((high - low) * 100)::integer + 1) / 100.00;

-- Five words, as most comments are
CREATE FUNCTION tpch.words(col integer, key bigint) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN tpch.one_of(col, key, '{quick,slow,final,ironic,even,bold,silent,regular,express,unusual}')
		|| ' ' || tpch.one_of(col + 1, key, '{deposits,accounts,packages,theodolites,pinto beans,foxes,ideas,platelets}')
		|| ' ' || tpch.one_of(col + 2, key, '{sleep,wake,nag,haggle,cajole,detect,integrate,engage}')
		|| ' ' || tpch.one_of(col + 3, key, '{above,along,among,beneath,across,after,beyond}')
		|| ' the ' || tpch.one_of(col + 4, key, '{dolphins,courts,sauternes,asymptotes,dugouts,sentiments}');

CREATE FUNCTION tpch.phone(nationkey integer, key bigint) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (nationkey + 10) || '-' || (100 + tpch.pick(91, key, 900)) || '-'
		|| (100 + tpch.pick(92, key, 900)) || '-' || (1000 + tpch.pick(93, key, 9000));

-- ---------------------------------------------------------------------------
-- Columns that follow from others
-- ---------------------------------------------------------------------------

CREATE FUNCTION tpch.retail_price(partkey integer) RETURNS numeric
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (90000 + (partkey / 10) % 20001 + 100 * (partkey % 1000)) / 100.00;

-- The n-th (0 to 3) of a part's four suppliers, spread over all of them
CREATE FUNCTION tpch.supplier_of(partkey integer, n integer, suppliers integer) RETURNS integer
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (partkey + n * (1 + (suppliers / 4 + (partkey - 1) / suppliers) % ((suppliers - 1) / 3)))
		% suppliers + 1;

-- Order keys are sparse: of 32 the first eight are used, and the next eight for
-- the orders that rf1 adds.
CREATE FUNCTION tpch.order_key(ordinal bigint, added boolean) RETURNS bigint
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (ordinal - 1) / 8 * 32 + (ordinal - 1) % 8 + 1 + CASE WHEN added THEN 8 ELSE 0 END;

CREATE FUNCTION tpch.order_date(orderkey bigint) RETURNS date
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN date '1992-01-01' + tpch.pick(1, orderkey, 2406);

-- No order is from a customer whose key is a multiple of three.
CREATE FUNCTION tpch.customer_of(orderkey bigint, customers integer) RETURNS integer
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (SELECT n / 2 * 3 + n % 2 + 1 FROM tpch.pick(2, orderkey, customers - customers / 3) n);

-- The one to seven lines of each of the orders first .. last
CREATE FUNCTION tpch.lines(first bigint, last bigint, added boolean) RETURNS SETOF lineitem
	LANGUAGE sql STABLE ROWS 10000
BEGIN ATOMIC
	SELECT orderkey, partkey, tpch.supplier_of(partkey, tpch.pick(12, k, 4), s.suppliers), line,
		quantity, quantity * tpch.retail_price(partkey),
		tpch.pick(14, k, 11) / 100.00, tpch.pick(15, k, 9) / 100.00,
		CASE WHEN received > date '1995-06-17' THEN 'N' ELSE tpch.one_of(16, k, '{R,A}') END,
		CASE WHEN shipped > date '1995-06-17' THEN 'O' ELSE 'F' END,
		shipped, tpch.order_date(orderkey) + 30 + tpch.pick(17, k, 61), received,
		tpch.one_of(18, k, '{DELIVER IN PERSON,COLLECT COD,NONE,TAKE BACK RETURN}'),
		tpch.one_of(19, k, '{REG AIR,AIR,RAIL,SHIP,TRUCK,MAIL,FOB}'),
		left(tpch.words(20, k), 44)
	FROM tpch.scale s, generate_series(first, last) ordinal,
		tpch.order_key(ordinal, added) orderkey,
		generate_series(1, 1 + tpch.pick(3, orderkey, 7)) line,
		LATERAL (SELECT orderkey * 8 + line AS k OFFSET 0) a,
		LATERAL (SELECT 1 + tpch.pick(11, k, s.parts) AS partkey,
			1 + tpch.pick(13, k, 50) AS quantity,
			tpch.order_date(orderkey) + 1 + tpch.pick(26, k, 121) AS shipped OFFSET 0) b,
		LATERAL (SELECT shipped + 1 + tpch.pick(27, k, 30) AS received OFFSET 0) c;
END;

-- The orders first .. last themselves
CREATE FUNCTION tpch.orders(first bigint, last bigint, added boolean) RETURNS SETOF orders
	LANGUAGE sql STABLE ROWS 10000
BEGIN ATOMIC
	SELECT l_orderkey, tpch.customer_of(l_orderkey, min(s.customers)),
		CASE WHEN min(l_linestatus) <> max(l_linestatus) THEN 'P' ELSE min(l_linestatus) END,
		sum(round(l_extendedprice * (1 + l_tax) * (1 - l_discount), 2)),
		tpch.order_date(l_orderkey),
		tpch.one_of(4, l_orderkey, '{1-URGENT,2-HIGH,3-MEDIUM,4-NOT SPECIFIED,5-LOW}'),
		'Clerk#' || lpad((1 + tpch.pick(5, l_orderkey, min(s.clerks)))::text, 9, '0'), 0,
		CASE tpch.pick(6, l_orderkey, 90)
			WHEN 0 THEN 'special packages wake after the requests'
			WHEN 1 THEN 'requests haggle; special ideas'
			ELSE tpch.words(7, l_orderkey) END
	FROM tpch.scale s, tpch.lines(first, last, added)
	GROUP BY l_orderkey;
END;

-- ---------------------------------------------------------------------------
-- Rows
-- ---------------------------------------------------------------------------

INSERT INTO region
	SELECT ordinality - 1, name, tpch.words(30, ordinality)
	FROM unnest('{AFRICA,AMERICA,ASIA,EUROPE,MIDDLE EAST}'::text[]) WITH ORDINALITY AS r (name, ordinality);

INSERT INTO nation
	SELECT ordinality - 1, name, region, tpch.words(35, ordinality)
	FROM unnest('{ALGERIA,ARGENTINA,BRAZIL,CANADA,EGYPT,ETHIOPIA,FRANCE,GERMANY,INDIA,INDONESIA,IRAN,IRAQ,
			JAPAN,JORDAN,KENYA,MOROCCO,MOZAMBIQUE,PERU,CHINA,ROMANIA,SAUDI ARABIA,VIETNAM,RUSSIA,
			UNITED KINGDOM,UNITED STATES}'::text[],
		'{0,1,1,1,4,0,3,3,2,2,4,4,2,4,0,0,0,1,2,3,4,2,3,3,1}'::integer[])
		WITH ORDINALITY AS n (name, region, ordinality);

-- The nations that the queries name come first: FRANCE, GERMANY, BRAZIL,
-- CANADA, SAUDI ARABIA and two of ASIA.
INSERT INTO supplier
	SELECT k, 'Supplier#' || lpad(k::text, 9, '0'), left(tpch.words(40, k), 40), nationkey,
		tpch.phone(nationkey, k), tpch.money(45, k, -999.99, 9999.99),
		CASE WHEN k % 2000 = 7 THEN 'slow Customer foxes; even Complaints'
			WHEN k % 2000 = 9 THEN 'final Customer ideas Recommends'
			ELSE tpch.words(46, k) END
	FROM tpch.scale s, generate_series(1, s.suppliers) k,
		LATERAL (SELECT coalesce(('{6,7,2,3,20,8,18,7,6,3,20,12}'::integer[])[k],
			tpch.pick(44, k, 25)) AS nationkey) n;

INSERT INTO part
	SELECT k,
		CASE WHEN k % 4 = 0 AND wanted THEN 'forest' ELSE colours[1 + c1] END
			|| ' ' || colours[1 + (c1 + 1 * c2) % 92] || ' ' || colours[1 + (c1 + 2 * c2) % 92]
			|| ' ' || colours[1 + (c1 + 3 * c2) % 92] || ' ' || colours[1 + (c1 + 4 * c2) % 92],
		'Manufacturer#' || brand / 10, 'Brand#' || brand,
		CASE WHEN NOT wanted THEN tpch.one_of(52, k, '{STANDARD,SMALL,MEDIUM,LARGE,ECONOMY,PROMO}')
				|| ' ' || tpch.one_of(53, k, '{ANODIZED,BURNISHED,PLATED,POLISHED,BRUSHED}')
				|| ' ' || tpch.one_of(54, k, '{TIN,NICKEL,BRASS,STEEL,COPPER}')
			WHEN k % 2 = 0 THEN 'ECONOMY ANODIZED STEEL'
			ELSE 'LARGE BRUSHED BRASS' END,
		CASE WHEN wanted THEN ('{8,15,4,5}'::integer[])[1 + k % 4] ELSE 1 + tpch.pick(55, k, 50) END,
		CASE WHEN wanted THEN ('{LG BOX,JUMBO PKG,SM CASE,MED BOX}'::text[])[1 + k % 4]
			ELSE tpch.one_of(56, k, '{SM,LG,MED,JUMBO,WRAP}')
				|| ' ' || tpch.one_of(57, k, '{CASE,BOX,BAG,JAR,PKG,PACK,CAN,DRUM}') END,
		tpch.retail_price(k), left(tpch.words(58, k), 23)
	FROM tpch.scale s, generate_series(1, s.parts) k,
		(VALUES ('{almond,antique,aquamarine,azure,beige,bisque,black,blanched,blue,blush,brown,burlywood,
			burnished,chartreuse,chiffon,chocolate,coral,cornflower,cornsilk,cream,cyan,dark,deep,dim,dodger,
			drab,firebrick,floral,forest,frosted,gainsboro,ghost,goldenrod,green,grey,honeydew,hot,indian,
			ivory,khaki,lace,lavender,lawn,lemon,light,lime,linen,magenta,maroon,medium,metallic,midnight,
			mint,misty,moccasin,navajo,navy,olive,orange,orchid,pale,papaya,peach,peru,pink,plum,powder,puff,
			purple,red,rose,rosy,royal,saddle,salmon,sandy,seashell,sienna,sky,slate,smoke,snow,spring,steel,
			tan,thistle,tomato,turquoise,violet,wheat,white,yellow}'::text[])) v (colours),
		LATERAL (SELECT k <= 24 AS wanted) w,
		LATERAL (SELECT tpch.pick(50, k, 92) AS c1, 1 + tpch.pick(51, k, 22) AS c2,
			CASE WHEN wanted AND k % 4 <> 1 THEN ('{34,0,12,23}'::integer[])[1 + k % 4]
				ELSE 11 + 10 * tpch.pick(59, k, 5) + tpch.pick(60, k, 5) END AS brand) c;

INSERT INTO partsupp
	SELECT p_partkey, tpch.supplier_of(p_partkey, n, s.suppliers), 1 + tpch.pick(61, k, 9999),
		tpch.money(62, k, 1.00, 1000.00), tpch.words(63, k)
	FROM tpch.scale s, part, generate_series(0, 3) n,
		LATERAL (SELECT p_partkey * 4 + n AS k) x;

INSERT INTO customer
	SELECT k, 'Customer#' || lpad(k::text, 9, '0'), left(tpch.words(70, k), 40), nationkey,
		tpch.phone(nationkey, k), tpch.money(75, k, -999.99, 9999.99),
		tpch.one_of(76, k, '{AUTOMOBILE,BUILDING,FURNITURE,MACHINERY,HOUSEHOLD}'), tpch.words(77, k)
	FROM tpch.scale s, generate_series(1, s.customers) k,
		LATERAL (SELECT tpch.pick(74, k, 25) AS nationkey) n;

INSERT INTO orders SELECT o.* FROM tpch.scale s, tpch.orders(1, s.orders, false) o;

INSERT INTO lineitem SELECT l.* FROM tpch.scale s, tpch.lines(1, s.orders, false) l;
