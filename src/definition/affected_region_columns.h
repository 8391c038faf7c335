/*-------------------------------------------------------------------------
 *
 * affected_region_columns.h
 *	  Where the values of an expression come from: columns of sources.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_AFFECTED_REGION_COLUMNS_H
#define IVM_AFFECTED_REGION_COLUMNS_H

#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"

#include "definition/affected_region.h"

extern Query *ivm_affected_region_prepare(const Query *definition);
extern IvmColumn *ivm_affected_region_make_column(int source, Expr *expr);
extern bool ivm_affected_region_same_column(const IvmColumn *a, const IvmColumn *b);
extern int	ivm_affected_region_source_number(List *rtes, RangeTblEntry *rte);
extern bool ivm_affected_region_is_linear(Node *item, int rti);
extern Var *ivm_affected_region_plain_var(Node *node);
extern Var *ivm_affected_region_total_var(Node *node);
extern List *ivm_affected_region_columns(List *rtes, Query *query, Node *expr, int level);
extern List *ivm_affected_region_output_columns(List *rtes, Query *query, int attno);

#endif							/* IVM_AFFECTED_REGION_COLUMNS_H */
