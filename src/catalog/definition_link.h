/*-------------------------------------------------------------------------
 *
 * definition_link.h
 *	  The dependency that makes a definition internal to its view.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DEFINITION_LINK_H
#define IVM_DEFINITION_LINK_H

#include "catalog/catalog_view.h"

extern void ivm_definition_link_make(const IvmViewRow *row);
extern void ivm_definition_link_remove(Oid definition);

#endif							/* IVM_DEFINITION_LINK_H */
