/*-------------------------------------------------------------------------
 *
 * api.h
 *	  Checks of arguments and privileges that the functions for users share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_API_H
#define IVM_API_H

#include "fmgr.h"
#include "nodes/parsenodes.h"

#include "catalog/catalog_view.h"
#include "definition/core.h"

extern void ivm_api_require_not_null(FunctionCallInfo fcinfo, int argno, const char *name);
extern void ivm_api_require_read_committed(const char *function);
extern void ivm_api_require_writable(const char *function);
extern void ivm_api_check_mode(const char *mode);
extern void ivm_api_check_on_error(const IvmCore *core, Jsonb *options);
extern IvmViewRow *ivm_api_find_owned_view(Oid relid);
extern IvmViewRow *ivm_api_find_readable_view(Oid relid);
extern Query *ivm_api_parse_definition(const char *sql);
extern Query *ivm_api_parse_filter(Oid view, const char *key_filter);

#endif							/* IVM_API_H */
