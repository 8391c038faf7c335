/*-------------------------------------------------------------------------
 *
 * volatility.h
 *	  What a definition's functions depend on besides their arguments.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_VOLATILITY_H
#define IVM_VOLATILITY_H

#include "nodes/pg_list.h"

#include "definition/volatility_verdict.h"

/*
 * Judge everything that node reaches: an expression or a Query as parse
 * analysis leaves it, sublinks and subqueries included.  Views among its
 * relations are not opened: expand them before.  Never raises an error for
 * what it finds; strings of the result live in CurrentMemoryContext.
 */
extern void ivm_volatility_check(Node *node, IvmVolatility *result);

#endif							/* IVM_VOLATILITY_H */
