/*-------------------------------------------------------------------------
 *
 * clauses.h
 *	  Clauses of a query that are moved or left out as a whole.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_CLAUSES_H
#define IVM_CLAUSES_H

#include "nodes/parsenodes.h"

extern void ivm_clauses_move_order(Query *to, Query *from);
extern void ivm_clauses_move(Query *to, Query *from);
extern void ivm_clauses_clear(Query *query);

#endif							/* IVM_CLAUSES_H */
