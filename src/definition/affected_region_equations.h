/*-------------------------------------------------------------------------
 *
 * affected_region_equations.h
 *	  Equations between columns of sources.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_AFFECTED_REGION_EQUATIONS_H
#define IVM_AFFECTED_REGION_EQUATIONS_H

#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"

#include "definition/affected_region.h"

/*
 * An equation between columns, each of which may be one of several that a value is
 * from.  It leads from a to b if a row of a's source makes no difference where it
 * satisfies the equation with no row of b's source; and the other way round.
 */
typedef struct IvmEdge
{
	IvmColumn	a;
	IvmColumn	b;
	List	   *a_all;			/* IvmColumn *: where else it may be from, a itself included */
	List	   *b_all;
	bool		a_leads;
	bool		b_leads;
} IvmEdge;

extern List *ivm_affected_region_edges(Query *query, List *rtes);
extern List *ivm_affected_region_full_join_columns(Query *query, List *rtes, JoinExpr *join, Node *qual);
extern List *ivm_affected_region_equations(const Query *definition);

#endif							/* IVM_AFFECTED_REGION_EQUATIONS_H */
