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

typedef struct IvmExistsRows IvmExistsRows;

extern bool ivm_exists_delta_is_possible(const IvmAddend *addend, uint64 changed);
extern IvmExistsRows *ivm_exists_delta_rows(const IvmViewChange *change);
extern uint64 ivm_exists_delta_sources(const IvmExistsRows *rows);
extern void ivm_exists_delta_name(const IvmExistsRows *rows, QueryEnvironment *env);
extern void ivm_exists_delta_exclude(Query *query, List *rtes, const IvmViewChange *change,
									 uint64 tested, double nrows);
extern double ivm_exists_delta_cost(const IvmViewChange *change, const IvmExistsRows *rows);
extern void ivm_exists_delta_compute(const IvmViewChange *change, const IvmExistsRows *rows,
									 Snapshot snapshot, IvmSignedRowVisitor visit, void *arg);
extern void ivm_exists_delta_free(IvmExistsRows *rows);

#endif							/* IVM_EXISTS_DELTA_H */
