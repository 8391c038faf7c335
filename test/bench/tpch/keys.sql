-- keys.sql - keys and indexes, added once the data is there
--
-- The indexes are what maintaining the queries as views needs: a changed row is
-- joined with the other tables from each side, so each side of each join of two
-- tables has an index that starts with the joined columns.  None serves a
-- filter of a query alone.

ALTER TABLE region ADD PRIMARY KEY (r_regionkey);
ALTER TABLE nation ADD PRIMARY KEY (n_nationkey),
	ADD FOREIGN KEY (n_regionkey) REFERENCES region;
ALTER TABLE supplier ADD PRIMARY KEY (s_suppkey),
	ADD FOREIGN KEY (s_nationkey) REFERENCES nation;
ALTER TABLE part ADD PRIMARY KEY (p_partkey);
ALTER TABLE partsupp ADD PRIMARY KEY (ps_partkey, ps_suppkey),
	ADD FOREIGN KEY (ps_partkey) REFERENCES part,
	ADD FOREIGN KEY (ps_suppkey) REFERENCES supplier;
ALTER TABLE customer ADD PRIMARY KEY (c_custkey),
	ADD FOREIGN KEY (c_nationkey) REFERENCES nation;
ALTER TABLE orders ADD PRIMARY KEY (o_orderkey),
	ADD FOREIGN KEY (o_custkey) REFERENCES customer;
ALTER TABLE lineitem ADD PRIMARY KEY (l_orderkey, l_linenumber),
	ADD FOREIGN KEY (l_orderkey) REFERENCES orders,
	ADD FOREIGN KEY (l_partkey, l_suppkey) REFERENCES partsupp;

CREATE INDEX ON nation (n_regionkey);					-- Q2, Q5, Q8
CREATE INDEX ON supplier (s_nationkey);					-- Q2, Q5, Q7 to Q9, Q11, Q20, Q21
CREATE INDEX ON partsupp (ps_suppkey);					-- Q2, Q9, Q11, Q16, Q20
CREATE INDEX ON customer (c_nationkey);					-- Q5, Q7, Q8, Q10
CREATE INDEX ON orders (o_custkey);						-- Q3, Q5, Q7, Q8, Q10, Q13, Q18, Q22
CREATE INDEX ON lineitem (l_partkey, l_suppkey, l_shipdate);	-- Q8, Q9, Q14, Q17, Q19, Q20
CREATE INDEX ON lineitem (l_suppkey, l_shipdate);		-- Q5, Q7, Q15, Q21

VACUUM (ANALYZE) region, nation, supplier, part, partsupp, customer, orders, lineitem;
