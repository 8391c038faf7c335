/*-------------------------------------------------------------------------
 *
 * accum_interval.h
 *	  Accumulators for interval and money.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ACCUM_INTERVAL_H
#define IVM_ACCUM_INTERVAL_H

#include "aggregates/accum.h"

extern const IvmAccumClass ivm_accum_interval;
extern const IvmAccumClass ivm_accum_money;

extern const IvmAggRule ivm_accum_interval_rules[];
extern const int ivm_accum_n_interval_rules;

#endif							/* IVM_ACCUM_INTERVAL_H */
