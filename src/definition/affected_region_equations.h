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
	List	   *a_all;			/* IvmColumn *: where else it may be from, a
								 * itself included */
	List	   *b_all;
	bool		a_leads;
	bool		b_leads;
} IvmEdge;

/*
 * The equations (IvmEdge *) of all levels of a prepared query
 * (ivm_affected_region_prepare()) between columns of different sources. rtes are its
 * sources and constants, by which the columns' sources are numbered.
 */
extern List *ivm_affected_region_edges(Query *query, List *rtes);

/*
 * If qual, a conjunct of the condition of a FULL JOIN of this query, is an equation by
 * which both sides are divided: the columns of the left side, then those of the right.
 * Else NIL.
 */
extern List *ivm_affected_region_full_join_columns(Query *query, List *rtes,
												   JoinExpr *join, Node *qual);

/*
 * The equations (IvmEquation *) between columns of a definition's sources and
 * constants, by which its rows may be looked up.  For EXPLAIN; finding regions needs
 * the edges.
 */
extern List *ivm_affected_region_equations(const Query *definition);

#endif							/* IVM_AFFECTED_REGION_EQUATIONS_H */
