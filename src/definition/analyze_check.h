/*-------------------------------------------------------------------------
 *
 * analyze_check.h
 *	  What a definition may be.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ANALYZE_CHECK_H
#define IVM_ANALYZE_CHECK_H

#include "nodes/parsenodes.h"

#include "definition/core.h"
#include "definition/refusal.h"

/*
 * Refuse clauses that have no place in a view, and columns of the same name.  It looks
 * at the top level only.
 */
extern IvmRefusal *ivm_analyze_check_query(Query *query);

/*
 * Refuse subqueries in LIMIT, OFFSET and frames of windows, which the finishing would
 * have to ask of tables.  Those that became parts are gone by now.
 */
extern IvmRefusal *ivm_analyze_check_limits(Query *query);

/* Refuse what is read in FROM unless row triggers on it see each change of its rows. */
extern IvmRefusal *ivm_analyze_check_table(RangeTblEntry *rte);

/*
 * Refuse what the tables of core->sources must not be but can become later: logged
 * beside unlogged ones, and parents of inheritance.  Takes no locks.
 */
extern IvmRefusal *ivm_analyze_check_tables(IvmCore *core);

/*
 * Refuse system columns; set core->row_types to the types of whole rows that the
 * definition reads.
 */
extern IvmRefusal *ivm_analyze_check_vars(IvmCore *core);

/*
 * Refuse what does not give the same result whenever it is evaluated.  Sets settings,
 * strings, text_types and functions of the core, also where it refuses.
 */
extern IvmRefusal *ivm_analyze_check_volatility(IvmCore *core);

/* Refuse keys and aggregates of types that no table column can have.  After the cut. */
extern IvmRefusal *ivm_analyze_check_keys(IvmCore *core);

/* Refuse partitions, by their OIDs, whose changes cannot be captured; append views need not capture them. */
extern IvmRefusal *ivm_analyze_check_partitions(const List *partitions);

/*
 * Can the core be added up over a window of time, and is what the time is compared
 * with made of nothing that changes but the clock?  After the cut.
 */
extern IvmRefusal *ivm_analyze_check_window(IvmCore *core);

#endif							/* IVM_ANALYZE_CHECK_H */
