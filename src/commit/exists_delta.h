/*-------------------------------------------------------------------------
 *
 * exists_delta.h
 *	  Deltas of rows with a condition that others meet them, or do not.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_EXISTS_DELTA_H
#define IVM_EXISTS_DELTA_H

#include "base/signed_rows.h"
#include "commit/delta_query.h"
#include "definition/addends.h"

/* The changed rows of the sources that conditions [NOT] EXISTS read. */
typedef struct IvmExistsRows IvmExistsRows;

/*
 * Can a change of these sources be followed in this way?  The addend is not linear in all
 * of them.
 */
extern bool ivm_exists_delta_is_possible(const IvmAddend *addend, uint64 changed);

/*
 * Collect the changed rows that rows of the addend may meet by its conditions, in
 * CurrentMemoryContext and files.  The view's owner and settings are in force.
 */
extern IvmExistsRows *ivm_exists_delta_rows(const IvmViewChange *change);
extern void ivm_exists_delta_free(IvmExistsRows *rows);

/* The sources that these rows come from, as bits.  Let a query find the rows by name. */
extern uint64 ivm_exists_delta_sources(const IvmExistsRows *rows);
extern List *ivm_exists_delta_name(const IvmExistsRows *rows, List *named);

/*
 * Leave out of an addend's query, in which rtes are the sources, rows that meet changed
 * rows of the sources tested (bits).
 */
extern void ivm_exists_delta_exclude(Query *query, List *rtes, const IvmViewChange *change,
									 uint64 tested, double nrows);

/*
 * The difference that a change makes among the rows that meet changed rows: call a
 * function for each row of the addend (keys, arguments) that has come (copies > 0) or
 * gone; and what the planner expects that to cost.
 */
extern void ivm_exists_delta_compute(const IvmViewChange *change, const IvmExistsRows *rows,
									 Snapshot snapshot, IvmSignedRowVisitor visit, void *arg);
extern double ivm_exists_delta_cost(const IvmViewChange *change, const IvmExistsRows *rows);

#endif							/* IVM_EXISTS_DELTA_H */
