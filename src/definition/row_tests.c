/*-------------------------------------------------------------------------
 *
 * row_tests.c
 *	  IS [NOT] NULL of whole rows of tables.
 *
 * The server leaves dropped columns out of "t IS NOT NULL" where t is a table.  Where a subquery takes
 * the table's place, as in the queries of regions, its rows have NULL in the place of each, and no
 * row is NOT NULL any more.  So in these queries the columns that are there are tested one by one,
 * which means the same: the test does not look into columns that are rows themselves.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "definition/row_tests.h"

/* Are there dropped columns, and none that have no values in rows? */
static bool
is_concerned(Relation rel)
{
	bool		result = false;

	for (int i = 0; i < RelationGetNumberOfAttributes(rel); i++)
	{
		if (TupleDescAttr(RelationGetDescr(rel), i)->attisdropped)
			result = true;
		else if (ivm_compat_is_virtual(rel, i + 1))
			return false;
	}
	return result;
}

/* The tests of the columns of a row. */
static Node *
test_columns(const NullTest *test, const Var *row, TupleDesc desc)
{
	List	   *tests = NIL;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		NullTest   *column;
		Var		   *var;

		if (att->attisdropped)
			continue;
		var = copyObject(unconstify(Var *, row));
		var->varattno = var->varattnosyn = att->attnum;
		var->vartype = att->atttypid;
		var->vartypmod = att->atttypmod;
		var->varcollid = att->attcollation;
		column = copyObject(unconstify(NullTest *, test));
		column->arg = (Expr *) var;
		column->argisrow = false;
		tests = lappend(tests, column);
	}
	return tests == NIL ? makeBoolConst(true, false) : (Node *) make_ands_explicit(tests);
}

/* queries: those around the node, the innermost first */
static Node *
expand(Node *node, List *queries)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Query))
		return (Node *) query_tree_mutator((Query *) node, expand, lcons(node, list_copy(queries)), 0);
	if (IsA(node, NullTest) && ((NullTest *) node)->argisrow && IsA(((NullTest *) node)->arg, Var))
	{
		Var		   *row = (Var *) ((NullTest *) node)->arg;
		RangeTblEntry *rte = rt_fetch(row->varno, list_nth_node(Query, queries, row->varlevelsup)->rtable);

		if (row->varattno == InvalidAttrNumber && rte->rtekind == RTE_RELATION)
		{
			Relation	rel = table_open(rte->relid, AccessShareLock);
			Node	   *result = is_concerned(rel) ?
				test_columns((NullTest *) node, row, RelationGetDescr(rel)) : NULL;

			table_close(rel, AccessShareLock);
			if (result)
				return result;
		}
	}
	return expression_tree_mutator(node, expand, queries);
}

Query *
ivm_row_tests_expand(Query *query)
{
	return castNode(Query, expand((Node *) query, NIL));
}
