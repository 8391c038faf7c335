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

typedef struct IvmPartnerRows IvmPartnerRows;

extern bool ivm_partnerdelta_is_possible(const IvmBranch *branch, uint64 changed);
extern IvmPartnerRows *ivm_partnerdelta_rows(const IvmViewChange *change);
extern uint64 ivm_partnerdelta_sources(const IvmPartnerRows *rows);
extern void ivm_partnerdelta_name(const IvmPartnerRows *rows, QueryEnvironment *env);
extern void ivm_partnerdelta_exclude(Query *query, List *rtes, const IvmViewChange *change,
									 uint64 tested, double nrows);
extern double ivm_partnerdelta_cost(const IvmViewChange *change, const IvmPartnerRows *rows);
extern void ivm_partnerdelta_compute(const IvmViewChange *change, const IvmPartnerRows *rows,
									 Snapshot snapshot, IvmNetRowVisitor visit, void *arg);
extern void ivm_partnerdelta_free(IvmPartnerRows *rows);

#endif							/* IVM_EXISTS_DELTA_H */
