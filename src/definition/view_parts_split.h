/*-------------------------------------------------------------------------
 *
 * view_parts_split.h
 *	  Shared by the files that split a query into parts (view_parts.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_VIEW_PARTS_SPLIT_H
#define IVM_VIEW_PARTS_SPLIT_H

#include "definition/view_part.h"

typedef struct IvmSplit
{
	Query	   *query;			/* being split, in place */
	Query	   *top;			/* the whole one, whose WITH clause it may refer to */
	IvmViewParts   *parts;
	List	   *tables;			/* OIDs of tables and views in FROM */
} IvmSplit;

/* view_parts_find.c */
extern bool ivm_view_parts_is_independent(Query *outer, Query *query);
extern TargetEntry *ivm_view_parts_first_column(Query *query);
extern bool ivm_view_parts_is_candidate(IvmSplit *cxt, Node *node);
extern bool ivm_view_parts_has_moving(IvmSplit *cxt, Node *node, bool in_aggregates);
extern bool ivm_view_parts_has_candidate(IvmSplit *cxt, Node *node);
extern List *ivm_view_parts_tables_in_from(Query *query);
extern CommonTableExpr *ivm_view_parts_find_cte(Query *query, const char *name);
extern bool ivm_view_parts_is_plain_aggregate(const Query *query);

/* view_parts_from.c */
extern void ivm_view_parts_replace_one_row_items(Query *query);

/* view_parts_where.c */
extern bool ivm_view_parts_is_grouped(const Query *query);
extern bool ivm_view_parts_has_certain_group(const Query *query);
extern void ivm_view_parts_lift_conditions(IvmSplit *cxt);
extern List *ivm_view_parts_waiting_conditions(IvmSplit *cxt);
extern bool ivm_view_parts_ask_rows(const Query *query, List *quals);
extern void ivm_view_parts_add_columns(Query *query, Node *quals);

extern Query *ivm_view_parts_subquery(Query *query, int rti);

#endif							/* IVM_VIEW_PARTS_SPLIT_H */
